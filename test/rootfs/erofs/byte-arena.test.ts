import { describe, expect, it } from 'vitest';
import { byteStringFromBytes } from '../../../src/lib/base/bytes.js';
import { ByteArena } from '../../../src/lib/rootfs/erofs/byte-arena.js';
import { pattern } from '../support/test-tree.js';

describe('ByteArena', () => {
  it('returns each string as it was, over many pages', () => {
    const arena = new ByteArena();
    const lengths = [0, 1, 255, 70_000, 262_148, 1_048_572];
    const strings = Array.from({ length: 60 }, (_, i) => pattern(lengths[i % 6]!, i));

    const references = strings.map((bytes, i) =>
      i % 2 ? arena.add(bytes) : arena.addByteString(byteStringFromBytes(bytes)),
    );

    for (const [i, reference] of references.entries()) {
      expect(Buffer.compare(arena.read(reference), strings[i]!)).toBe(0);
    }
  });

  it('refuses what does not fit a page', () => {
    expect(() => new ByteArena().add(new Uint8Array(1 << 20))).toThrow('has room');
  });
});
