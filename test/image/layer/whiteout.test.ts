import { describe, expect, it } from 'vitest';
import type { ByteString } from '../../../src/lib/base/bytes.js';
import { meaningOfPath } from '../../../src/lib/image/layer/whiteout.js';

describe('meaningOfPath()', () => {
  it.each([
    ['', { type: 'entry' }],
    ['usr/bin', { type: 'entry' }],
    ['a.wh.b', { type: 'entry' }],
    ['.wh', { type: 'entry' }],
    ['x.wh./y', { type: 'entry' }],
    ['.wh.a', { type: 'tombstone', path: 'a' }],
    ['d/.wh.a', { type: 'tombstone', path: 'd/a' }],
    ['d/.wh..a', { type: 'tombstone', path: 'd/.a' }],
    ['d/.wh....', { type: 'tombstone', path: 'd/...' }],
    ['.wh..wh..opq', { type: 'opaque', path: '' }],
    ['d/e/.wh..wh..opq', { type: 'opaque', path: 'd/e' }],
    ['.wh..wh.aufs', { type: 'ignored' }],
    ['.wh..wh.plnk/1.2', { type: 'ignored' }],
    ['d/.wh..wh..opq2', { type: 'ignored' }],
  ])('reads `%s`', (path, meaning) => {
    expect(meaningOfPath(path as ByteString)).toEqual(meaning);
  });

  it.each([
    '.wh.',
    'd/.wh.',
    'd/.wh..',
    'd/.wh...',
    '.wh.a/b',
    '.wh.a/.wh.b',
    '.wh.a/.wh..wh..opq',
  ])('refuses `%s`', (path) => {
    expect(() => meaningOfPath(path as ByteString)).toThrow(
      expect.objectContaining({ code: 'LAYER_INVALID' }) as Error,
    );
  });
});
