import * as fc from '../../support/fast-check.js';
import { describe, expect, it } from 'vitest';
import { loadIngestAddon } from '../../../src/lib/io/native/ingest-addon.js';
import {
  createGearScan,
  createGearState,
  scanHere,
  type GearRange,
  type GearScan,
} from '../../../src/lib/store/chunkers/gear-scan.js';

const addon = loadIngestAddon()!;
const ways = [
  { name: 'by the addon', scan: createGearScan(addon) },
  { name: 'in JavaScript', scan: scanHere },
];

describe.each(ways)('GearScan $name', ({ scan }) => {
  it('finds what a byte at a time finds, in any range, from any hash', () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(bytes, fc.nat(), fc.nat(), fc.integer({ min: 0, max: 12 }), fc.integer(), check),
      { numRuns: 2_000 },
    );

    // eslint-disable-next-line max-params -- one for each arbitrary
    function check(piece: Uint8Array, a: number, b: number, bits: number, hash: number): void {
      const [from, to] = [a % (piece.length + 1), b % (piece.length + 1)].sort((x, y) => x - y);
      const range = { from: from!, to: to!, mask: bits === 0 ? 0 : (-1 << (32 - bits)) | 0 };

      expect(outcomeOf(scan, piece, { range, hash })).toEqual(
        outcomeOf(scanBytewise, piece, { range, hash }),
      );
    }
  });

  it('finds nothing in an empty range', () => {
    const range = { from: 3, to: 3, mask: 0 };

    expect(outcomeOf(scan, new Uint8Array(9), { range, hash: 5 })).toEqual({ cut: -1, hash: 5 });
  });
});

describe('gearScan() of the addon', () => {
  it('refuses a range beyond the piece, and another state', () => {
    const piece = new Uint8Array(4);

    expect(() => addon.gearScan(createGearState(), piece, 0, 5, 1)).toThrow(/within/);
    expect(() => addon.gearScan(createGearState(), piece, -1, 4, 1)).toThrow(/within/);
    expect(() => addon.gearScan(new Int32Array(256), piece, 0, 4, 1)).toThrow(/257/);
  });
});

function outcomeOf(
  scan: GearScan,
  piece: Uint8Array,
  { range, hash }: { readonly range: GearRange; readonly hash: number },
): { cut: number; hash: number } {
  const state = createGearState();
  state[0] = hash;
  const cut = scan(state, piece, range);
  return { cut, hash: state[0] };
}

function scanBytewise(state: Int32Array, piece: Uint8Array, range: GearRange): number {
  for (let index = range.from; index < range.to; index++) {
    state[0] = (state[0]! << 1) + state[1 + piece[index]!]!;
    if ((state[0] & range.mask) === 0) return index + 1;
  }
  return -1;
}
