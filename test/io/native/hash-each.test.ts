import { createHash } from 'node:crypto';
import * as fc from '../../support/fast-check.js';
import { describe, expect, it } from 'vitest';
import { createHashEach, hashEachHere } from '../../../src/lib/io/native/hash-each.js';
import { loadIngestAddon } from '../../../src/lib/io/native/ingest-addon.js';
import { pseudoRandomBytes } from '../../support/random-bytes.js';

const addon = loadIngestAddon();
const ways = [
  { name: 'beside the main thread', hashEach: createHashEach(addon) },
  { name: 'on the main thread', hashEach: hashEachHere },
];

describe.each(ways)('hashEach() $name', ({ hashEach }) => {
  it('gives the hash of each content, in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 })), async (contents) => {
        const hashes = await hashEach(contents);

        const expected = contents.map((it) => createHash('sha256').update(it).digest('hex'));
        expect(hashes.map((hash) => Buffer.from(hash).toString('hex'))).toEqual(expected);
      }),
    );
  });

  it('gives the hash of contents that end anywhere in a block, beside longer and shorter ones', async () => {
    const bytes = pseudoRandomBytes(5_000, 7);
    const lengths = Array.from({ length: 200 }, (_, index) => index);
    const contents = lengths.flatMap((length) => [
      bytes.subarray(0, length),
      bytes.subarray(0, (length * 2_654_435_761) % bytes.length),
    ]);

    const hashes = await hashEach(contents);

    const expected = contents.map((it) => createHash('sha256').update(it).digest('hex'));
    expect(hashes.map((hash) => Buffer.from(hash).toString('hex'))).toEqual(expected);
  });
});

describe('the addon', () => {
  it('refuses a place of another size for the digests', () => {
    expect(() => addon!.hashEach([new Uint8Array(1)], new Uint8Array(31))).toThrow(/32 bytes/);
  });
});
