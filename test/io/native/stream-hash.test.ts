import { createHash } from 'node:crypto';
import * as fc from '../../support/fast-check.js';
import { describe, expect, it } from 'vitest';
import { loadIngestAddon } from '../../../src/lib/io/native/ingest-addon.js';
import { createStreamHash, hashHere } from '../../../src/lib/io/native/stream-hash.js';

const addon = loadIngestAddon();
const ways = [
  { name: 'beside the main thread', create: () => createStreamHash(addon) },
  { name: 'on the main thread', create: hashHere },
];

describe.each(ways)('createStreamHash() $name', ({ create }) => {
  it('gives the hash of no bytes', () => {
    const digest = create().digest();

    expect(Buffer.from(digest).toString('hex')).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
  });

  it('gives the hash of all pieces, whatever their sizes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 })), async (pieces) => {
        const hash = create();
        for (const piece of pieces) await hash.update([piece]);

        const digest = hash.digest();

        const expected = createHash('sha256').update(Buffer.concat(pieces)).digest();
        expect(Buffer.compare(digest, expected)).toBe(0);
      }),
    );
  });
});

describe('the addon', () => {
  it('refuses a hash that is at work', async () => {
    const handle = addon!.createHash();
    const updating = addon!.updateHash(handle, [new Uint8Array(1_000_000)]);

    expect(() => addon!.updateHash(handle, [])).toThrow(/not busy/);
    await updating;
  });

  it('refuses to inflate into a hash that is at work, or is none', async () => {
    const handle = addon!.createHash();
    const updating = addon!.updateHash(handle, [new Uint8Array(1_000_000)]);
    const gunzip = addon!.createGunzip();

    expect(() => addon!.gunzip(gunzip, [], new Uint8Array(1), handle)).toThrow(/not busy/);
    expect(() => addon!.gunzip(gunzip, [], new Uint8Array(1), {} as never)).toThrow(/not busy/);
    await updating;
  });

  it('refuses what is no array of bytes', () => {
    const handle = addon!.createHash();

    expect(() => addon!.updateHash(handle, ['text'] as never)).toThrow(/Uint8Array/);
    expect(() => addon!.updateHash(handle, 'text' as never)).toThrow(/array/);
    expect(() => addon!.finishHash(handle, new Uint8Array(31))).toThrow(/finish/);
  });
});
