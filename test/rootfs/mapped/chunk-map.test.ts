import * as fc from '../../support/fast-check.js';
import { describe, expect, it } from 'vitest';
import { chunkMapOf } from '../../../src/lib/rootfs/mapped/chunk-map.js';

describe('chunkMapOf()', () => {
  it.each([
    {
      name: 'single blocks',
      pieces: [
        [5, 1],
        [9, 1],
      ],
      bits: 0,
      blocks: [5, 9],
    },
    {
      name: 'pairs',
      pieces: [
        [4, 2],
        [10, 4],
        [0, 1],
      ],
      bits: 1,
      blocks: [4, 10, 12, 0],
    },
    {
      name: 'a long last piece',
      pieces: [
        [0, 8],
        [100, 20],
      ],
      bits: 3,
      blocks: [0, 100, 108, 116],
    },
    {
      name: 'an odd piece',
      pieces: [
        [0, 3],
        [7, 2],
      ],
      bits: 0,
      blocks: [0, 1, 2, 7, 8],
    },
  ])('takes the largest chunks for $name', ({ pieces, bits, blocks }) => {
    const map = chunkMapOf(
      pieces.map(([firstBlock = 0, count = 0]) => ({ firstBlock, blocks: count })),
    );

    expect(map.chunkBits).toBe(bits);
    expect([...map.blocks]).toEqual(blocks);
  });

  it('leads each block of a file to where its piece has it', () => {
    const piece = fc.record({
      firstBlock: fc.nat(1_000_000),
      blocks: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.constantFrom(64, 128, 1024)),
    });
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 20 }), (pieces) => {
        const { chunkBits, blocks } = chunkMapOf(pieces);

        const expected = pieces.flatMap(({ firstBlock, blocks: count }) =>
          Array.from({ length: count }, (_, i) => firstBlock + i),
        );
        const found = expected.map(
          (_, block) => blocks[block >> chunkBits]! + (block & ((1 << chunkBits) - 1)),
        );
        expect(found).toEqual(expected);
      }),
    );
  });
});
