import * as fc from '../../support/fast-check.js';
import { describe, expect, it } from 'vitest';
import { BLOCK_BYTES, SLOT_BYTES } from '../../../src/lib/rootfs/erofs/erofs-format.js';
import { PAGE_BYTES } from '../../../src/lib/rootfs/erofs/paged-writer.js';
import { MAX_LOOKBACK_BLOCKS, SlotPacker } from '../../../src/lib/rootfs/erofs/slot-packer.js';

const sizes = fc.array(
  fc.oneof(
    fc.integer({ min: 64, max: 4096 }),
    fc.integer({ min: 64, max: 200 }),
    fc.integer({ min: 4097, max: 300_000 }),
  ),
  { maxLength: 600 },
);

describe('SlotPacker', () => {
  it('gives places that do not overlap, at slots, and crosses no block border where one block is enough', () => {
    fc.assert(
      fc.property(sizes, (wanted) => {
        const packer = new SlotPacker(1);
        const places = wanted.map((size) => ({ start: packer.place(size), size }));

        const ordered = places.toSorted((a, b) => a.start - b.start);
        for (const [index, { start, size }] of ordered.entries()) {
          expect(start % SLOT_BYTES).toBe(0);
          expect(start).toBeGreaterThanOrEqual(BLOCK_BYTES);
          expect(start + size).toBeLessThanOrEqual(packer.endBlock * BLOCK_BYTES);
          if (size <= BLOCK_BYTES)
            expect((start % BLOCK_BYTES) + size).toBeLessThanOrEqual(BLOCK_BYTES);
          const next = ordered[index + 1];
          if (next) expect(start + size).toBeLessThanOrEqual(next.start);
        }
      }),
    );
  });

  it('never reaches back further than the writer keeps', () => {
    fc.assert(
      fc.property(sizes, (wanted) => {
        const packer = new SlotPacker(1);
        let furthest = 0;
        for (const size of wanted) {
          const start = packer.place(size);
          expect(start).toBeGreaterThanOrEqual(furthest - PAGE_BYTES);
          furthest = Math.max(furthest, start + size);
        }
      }),
    );
    expect((MAX_LOOKBACK_BLOCKS + 1) * BLOCK_BYTES).toBeLessThanOrEqual(PAGE_BYTES);
  });

  it('fills blocks well when tails are of any size', () => {
    const packer = new SlotPacker(1);
    let wanted = 0;
    for (let i = 0; i < 20_000; i++) {
      const size = 64 + ((i * 2654435761) % 4032);
      wanted += size;
      packer.place(size);
    }

    expect(wanted / ((packer.endBlock - 1) * BLOCK_BYTES)).toBeGreaterThan(0.9);
  });
});
