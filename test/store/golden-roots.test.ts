import { describe, expect, it } from 'vitest';
import type { Chunker } from '../../src/lib/store/chunkers/chunker.js';
import { fastCdc } from '../../src/lib/store/chunkers/fast-cdc.js';
import { fixedSize } from '../../src/lib/store/chunkers/fixed-size.js';
import { gearCdc } from '../../src/lib/store/chunkers/gear-cdc.js';
import { defaultChunker } from '../../src/lib/store/backends/default-strategies.js';
import { balancedDag } from '../../src/lib/store/layouts/balanced-dag.js';
import { flat } from '../../src/lib/store/layouts/flat.js';
import type { Layout } from '../../src/lib/store/layouts/layout.js';
import { MemoryStore } from '../../src/lib/store/backends/memory-store.js';
import { pseudoRandomBytes, sliced } from '../support/random-bytes.js';

const KIB = 1024;
const sizes = { minBytes: 4 * KIB, targetBytes: 16 * KIB, maxBytes: 64 * KIB };

const chunkers: Readonly<Record<string, Chunker>> = {
  default: defaultChunker(),
  'fixedSize 100000': fixedSize({ sizeBytes: 100_000 }),
  'gearCdc 4-16-64 KiB': gearCdc(sizes),
  'fastCdc 4-16-64 KiB': fastCdc(sizes),
  'fastCdc 32-128-512 KiB aligned': fastCdc({
    minBytes: 32 * KIB,
    targetBytes: 128 * KIB,
    maxBytes: 512 * KIB,
    alignBytes: 4 * KIB,
  }),
};
const layouts: Readonly<Record<string, Layout>> = {
  flat: flat(),
  balancedDag: balancedDag(),
  'balancedDag 8': balancedDag({ fanOut: 8 }),
};

/** 8 MiB: random bytes, a run of zeros, text that repeats, random bytes. */
function stream(): Uint8Array {
  const random = pseudoRandomBytes(5 * KIB * KIB + 123, 2026);
  const text = Buffer.from('mono stores each byte once. '.repeat(40_000));
  return Buffer.concat([random, new Uint8Array(KIB * KIB), text, random.subarray(0, 999_999)]);
}

describe('the root of a known stream', () => {
  it('is the golden one for every chunker and layout', async () => {
    const bytes = stream();
    const lines = [];
    for (const [chunkerName, chunker] of Object.entries(chunkers)) {
      for (const [layoutName, layout] of Object.entries(layouts)) {
        const store = new MemoryStore({ chunker, layout });
        const { cid } = await store.putBytes(sliced(bytes, [65_536]));
        lines.push(`${chunkerName} | ${layoutName} | ${cid.toString()}`);
      }
    }

    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('../golden/store/roots.txt');
  });

  it('is the same with no strategies given as with the default ones', async () => {
    const bytes = stream();

    const { cid } = await new MemoryStore().putBytes([bytes]);

    const strategies = { chunker: defaultChunker(), layout: balancedDag() };
    const named = await new MemoryStore(strategies).putBytes([bytes]);
    expect(cid.equals(named.cid)).toBe(true);
  });
});
