import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Chunker } from '../../../src/lib/store/chunkers/chunker.js';
import { fastCdc } from '../../../src/lib/store/chunkers/fast-cdc.js';
import { fixedSize } from '../../../src/lib/store/chunkers/fixed-size.js';
import { gearCdc } from '../../../src/lib/store/chunkers/gear-cdc.js';
import { scanHere } from '../../../src/lib/store/chunkers/gear-scan.js';
import { createGearTable } from '../../../src/lib/store/chunkers/gear-table.js';
import { chunksOf, describeChunker } from '../../contracts/chunker.js';
import { pseudoRandomBytes } from '../../support/random-bytes.js';

const MIB = 1024 * 1024;
const small = { minBytes: 512, targetBytes: 2048, maxBytes: 8192 };
const usual = { minBytes: 32 * 1024, targetBytes: 128 * 1024, maxBytes: 512 * 1024 };

describeChunker('fixedSize()', fixedSize({ sizeBytes: 1000 }), {
  minBytes: 1000,
  maxBytes: 1000,
  alignBytes: 1000,
});
describeChunker('gearCdc()', gearCdc(small), { ...small, alignBytes: 1 });
describeChunker('fastCdc()', fastCdc(small), { ...small, alignBytes: 1 });
describeChunker('fastCdc() in JavaScript', fastCdc({ ...small, scan: scanHere }), {
  ...small,
  alignBytes: 1,
});
describeChunker('fastCdc() with alignBytes', fastCdc({ ...small, alignBytes: 64 }), {
  ...small,
  alignBytes: 64,
});

async function hashesOf(chunker: Chunker, bytes: Uint8Array): Promise<string[]> {
  const chunks = await chunksOf(chunker, [bytes]);
  return chunks.map((chunk) => createHash('sha256').update(chunk).digest('hex'));
}

function sharedPart(of: readonly string[], with_: readonly string[]): number {
  const known = new Set(with_);
  return of.filter((hash) => known.has(hash)).length / of.length;
}

function prepend(prefix: Uint8Array, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([prefix, bytes]);
}

describe('content-defined chunking', () => {
  const random = pseudoRandomBytes(16 * MIB, 42);

  it.each([
    ['gearCdc()', gearCdc(usual)],
    ['fastCdc()', fastCdc(usual)],
  ])('of %s shares 95 percent of the chunks after a byte in front', async (_name, chunker) => {
    const before = await hashesOf(chunker, random);

    const after = await hashesOf(chunker, prepend(Uint8Array.of(1), random));

    expect(sharedPart(before, after)).toBeGreaterThanOrEqual(0.95);
  });

  it.each([
    ['gearCdc()', gearCdc(usual)],
    ['fastCdc()', fastCdc(usual)],
    ['fastCdc() with alignBytes', fastCdc({ ...usual, alignBytes: 4096 })],
  ])('of %s shares 95 percent of the chunks after a page in front', async (_name, chunker) => {
    const before = await hashesOf(chunker, random);

    const after = await hashesOf(chunker, prepend(pseudoRandomBytes(4096, 9), random));

    expect(sharedPart(before, after)).toBeGreaterThanOrEqual(0.95);
  });

  it.each([
    ['gearCdc()', gearCdc(small), small.targetBytes],
    ['fastCdc()', fastCdc(small), small.targetBytes],
    [
      'fastCdc() for a target that is no power of two',
      fastCdc({ ...small, targetBytes: 3000 }),
      3000,
    ],
    ['fastCdc() with alignBytes', fastCdc({ ...small, alignBytes: 64 }), small.targetBytes],
  ])('of %s has a mean within 10 percent of the target', async (_name, chunker, target) => {
    const chunks = await chunksOf(chunker, [random]);

    const mean = random.length / chunks.length;

    expect(Math.abs(mean / target - 1)).toBeLessThan(0.1);
  });

  it('changes only the chunks around an edit in place', async () => {
    const edited = Uint8Array.from(random);
    edited.fill(7, 8 * MIB, 8 * MIB + 10);
    const chunker = fastCdc({ ...usual, alignBytes: 4096 });

    const before = await hashesOf(chunker, random);
    const after = await hashesOf(chunker, edited);

    const known = new Set(before);
    expect(after.filter((hash) => !known.has(hash)).length).toBeLessThanOrEqual(3);
  });
});

describe('createGearTable()', () => {
  it('is the table that all stores share', () => {
    const table = createGearTable();

    expect([table.length, table[0], table[255]]).toMatchInlineSnapshot(`
      [
        256,
        149102989,
        -726823054,
      ]
    `);
    expect(createHash('sha256').update(table).digest('hex')).toMatchInlineSnapshot(
      `"b610d9b4173f54e0a183869e5190cb9fa0f993ad2bc0281ebe6eb17212cea6ff"`,
    );
  });
});

describe('fastCdc()', () => {
  it.each([
    ['a minimum above the target', { minBytes: 4096, targetBytes: 2048, maxBytes: 8192 }],
    ['sizes that are not aligned', { ...small, alignBytes: 768 }],
    ['an alignment below the window of the hash', { ...small, alignBytes: 16 }],
    ['a target below 8 times the alignment', { ...small, alignBytes: 512 }],
  ])('refuses %s', (_name, options) => {
    expect(() => fastCdc(options)).toThrow('Invariant broken');
  });
});
