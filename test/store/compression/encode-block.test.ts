import { gzipSync } from 'node:zlib';
import * as fc from '../../support/fast-check.js';
import { describe, expect, it } from 'vitest';
import {
  decodeBlock,
  encodeBlock,
  ENCODING,
  type Compression,
} from '../../../src/lib/store/compression/encode-block.js';
import { loadZstd, zstdContentBytes } from '../../../src/lib/store/compression/zstd.js';
import { MAX_BLOCK_BYTES } from '../../../src/lib/store/limits.js';
import { pseudoRandomBytes } from '../../support/random-bytes.js';

const zstd = await loadZstd();
const compressions: readonly Compression[] = ['none', 'gzip', 'zstd'];

describe.each(compressions)('encodeBlock() with %s', (compression) => {
  it('gives what decodeBlock() takes back, never longer than it was', () => {
    const text = fc.stringMatching(/^(ab|cd){0,400}$/).map((string) => Buffer.from(string));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 500 }), text), (bytes) => {
        const block = encodeBlock(bytes, { compression, zstd });

        expect(block.stored.length).toBeLessThanOrEqual(bytes.length);
        const decoded = decodeBlock({ ...block, sizeBytes: bytes.length }, zstd);
        expect(Buffer.compare(decoded!, bytes)).toBe(0);
      }),
    );
  });

  it('keeps what cannot be compressed as it is', () => {
    const bytes = pseudoRandomBytes(10_000, 1);

    expect(encodeBlock(bytes, { compression, zstd })).toEqual({
      encoding: ENCODING.plain,
      stored: bytes,
    });
  });

  it('makes a block of the greatest length shorter, if anything', () => {
    const bytes = Buffer.alloc(MAX_BLOCK_BYTES, 'some text that repeats itself ');

    const block = encodeBlock(bytes, { compression, zstd });

    expect(block.stored.length < 10_000).toBe(compression !== 'none');
    const decoded = decodeBlock({ ...block, sizeBytes: bytes.length }, zstd);
    expect(Buffer.compare(decoded!, bytes)).toBe(0);
  });
});

describe('decodeBlock()', () => {
  const bomb = Buffer.alloc(16 * MAX_BLOCK_BYTES);
  const text = Buffer.from('hello '.repeat(100));
  const frame = zstd.compress(text);
  const refused: readonly (readonly [string, number, Uint8Array])[] = [
    ['an unknown encoding', 3, text],
    ['gzip that inflates to more', ENCODING.gzip, gzipSync(bomb)],
    ['gzip that inflates to less', ENCODING.gzip, gzipSync('short')],
    ['gzip that ends early', ENCODING.gzip, gzipSync(text).subarray(0, -9)],
    ['zstd that inflates to more', ENCODING.zstd, zstd.compress(bomb)],
    ['zstd that inflates to less', ENCODING.zstd, zstd.compress(Buffer.from('short'))],
    ['zstd that ends early', ENCODING.zstd, frame.subarray(0, -3)],
    ['two zstd frames', ENCODING.zstd, Buffer.concat([frame, frame])],
    ['no zstd', ENCODING.zstd, text],
    ['nothing', ENCODING.zstd, new Uint8Array(0)],
  ];

  it.each(refused)('refuses %s', (...row) => {
    const [, encoding, stored] = row;
    expect(decodeBlock({ encoding, stored, sizeBytes: text.length }, zstd)).toBeUndefined();
  });
});

describe('zstdContentBytes()', () => {
  it.each([0, 1, 255, 256, 65_791, 65_792, MAX_BLOCK_BYTES])('reads %i', (size) => {
    expect(zstdContentBytes(zstd.compress(Buffer.alloc(size)))).toBe(size);
  });
});
