import * as fc from '../../support/fast-check.js';
import { describe, expect, it } from 'vitest';
import { nextLink } from '../../../src/lib/registry/transport/link-header.js';

describe('nextLink()', () => {
  it.each([
    ['</v2/a/tags/list?n=1&last=b>; rel="next"', '/v2/a/tags/list?n=1&last=b'],
    ['</x>; rel=next', '/x'],
    ['</x>;rel="next"; title="y"', '/x'],
    ['</x>; title="y"; REL="Next"', '/x'],
    ['</first>; rel="first", </x>; rel="next"', '/x'],
    ['</x>; rel="prev"', undefined],
    ['</x>', undefined],
    ['/x; rel="next"', undefined],
    ['<', undefined],
    ['<x', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('of %s is %s', (header, target) => {
    expect(nextLink(header)).toBe(target);
  });

  it('reads anything without an error', () => {
    const piece = fc.constantFrom('<', '>', ';', ' rel="next"', ',', 'a', '"');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        expect(['string', 'undefined']).toContain(typeof nextLink(pieces.join('')));
      }),
    );
  });
});
