import { describe, expect, it } from 'vitest';
import { nearestTags } from '../../../src/lib/registry/tags/nearest-tags.js';

describe('nearestTags()', () => {
  const tags = ['latest', '22', '22.3.0', '22.4.0', '22.4.0-alpine', '21.7.3', 'bookworm', 'lts'];
  it.each([
    ['22.4.1', ['22.4.0', '22.3.0']],
    ['22.4.0-alpin', ['22.4.0-alpine', '22.4.0']],
    ['lastest', ['latest', 'lts']],
    ['LATEST', ['latest', 'lts']],
    ['bookwrom', ['bookworm']],
  ])('for %s start with %j', (wanted, nearest) => {
    expect(nearestTags(wanted, tags, nearest.length)).toEqual(nearest);
  });

  it('do not depend on the order of the list, and name each once', () => {
    const forwards = nearestTags('22.4.1', [...tags, ...tags], 8);

    expect(nearestTags('22.4.1', tags.toReversed(), 8)).toEqual(forwards);
    expect(new Set(forwards).size).toBe(forwards.length);
  });

  it('are none when nothing has anything in common', () => {
    expect(nearestTags('zzz', ['abc', 'def'], 5)).toEqual([]);
  });
});
