import * as fc from '../../support/fast-check.js';
import { describe, expect, it } from 'vitest';
import { readTar, SMALL_CONTENT_BYTES } from '../../../src/lib/image/tar/read-tar.js';
import { listEntries, listTar as list } from '../../support/list-tar.js';
import { gnuLong, writeTar } from '../../support/tar-writer.js';

const LONG = 'd/'.repeat(200) + 'file';

describe('readTar()', () => {
  const large = 'b'.repeat(SMALL_CONTENT_BYTES + 5);
  it.each([
    { name: 'small', content: 'b'.repeat(3000), minPieceBytes: 1, numRuns: 20 },
    { name: 'large', content: large, minPieceBytes: 1000, numRuns: 3 },
  ])('gives the same $name entries however they are sliced', async (slicing) => {
    const { content, minPieceBytes, numRuns } = slicing;
    const bytes = writeTar([
      gnuLong('L', LONG),
      { name: 'x', content: 'a'.repeat(1000) },
      { name: 'y', content, pax: { mtime: '1.5' } },
      { name: 'z', type: '5' },
    ]);
    const whole = await list(bytes);
    const size = fc.integer({ min: minPieceBytes, max: 9000 });
    const sizes = fc.array(size, { minLength: 1, maxLength: 20 });

    await fc.assert(
      fc.asyncProperty(sizes, async (pieceSizes) => {
        expect(await list(...slice(bytes, pieceSizes))).toEqual(whole);
      }),
      { numRuns },
    );
  });

  it('gives the same entries where a piece is spoilt once the next one is asked for', async () => {
    const bytes = writeTar([
      gnuLong('L', LONG),
      { name: 'x', content: 'a'.repeat(1000), pax: { mtime: '1.5', 'SCHILY.xattr.user.a': 'b' } },
      { name: 'y', content: 'b'.repeat(700) },
      { name: 'z', type: '5' },
    ]);
    const whole = await list(bytes);
    const sizes = fc.array(fc.integer({ min: 100, max: 3000 }), { minLength: 1, maxLength: 9 });

    await fc.assert(
      fc.asyncProperty(sizes, async (pieceSizes) => {
        expect(await listEntries(readTar(spoilt(slice(bytes, pieceSizes))))).toEqual(whole);
      }),
      { numRuns: 100 },
    );
  });

  it('ends with entries or a fault, whatever byte is wrong', async () => {
    const bytes = writeTar([
      { name: 'x', content: 'abc', pax: { mtime: '1.5', 'SCHILY.xattr.user.a': 'b' } },
      gnuLong('L', LONG),
      { name: 'y', type: '2', linkName: 'x' },
    ]);
    const edits = fc.array(
      fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 0, max: 255 })),
      { minLength: 1, maxLength: 6 },
    );

    await fc.assert(
      fc.asyncProperty(edits, fc.boolean(), async (changes, fixSums) => {
        const damaged = Buffer.from(bytes);
        for (const [at, value] of changes) damaged[at] = value;
        if (fixSums) fixChecksums(damaged);
        try {
          for (const { entry } of await list(damaged)) {
            expect(entry.mtime.nanoseconds).toBeLessThan(1e9);
            expect(entry.sizeBytes).toBeGreaterThanOrEqual(0);
          }
        } catch (error) {
          expect(error).toMatchObject({ code: 'LAYER_INVALID' });
        }
      }),
      { numRuns: 400 },
    );
  });
});

function slice(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length]!;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

/** Yields the pieces, and overwrites each when the next one is asked for. */
function* spoilt(pieces: readonly Uint8Array[]): Generator<Uint8Array> {
  for (const piece of pieces) {
    const lent = Uint8Array.from(piece);
    yield lent;
    lent.fill(0xee);
  }
}

/** Makes the checksum of every block right, so that damage gets past it. */
function fixChecksums(archive: Buffer): void {
  for (let at = 0; at + 512 <= archive.length; at += 512) {
    if (archive.toString('latin1', at + 257, at + 262) !== 'ustar') continue;
    archive.fill(0x20, at + 148, at + 156);
    const sum = archive.subarray(at, at + 512).reduce((total, byte) => total + byte, 0);
    archive.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148, 'latin1');
  }
}
