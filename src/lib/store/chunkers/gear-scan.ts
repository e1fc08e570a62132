import { loadIngestAddon } from '../../io/native/ingest-addon.js';
import { createGearTable } from './gear-table.js';

/** Which bytes of a piece are hashed, and which bits decide. */
export interface GearRange {
  readonly from: number;
  readonly to: number;
  readonly mask: number;
}

/**
 * Continues the gear hash in `state[0]`, by the table behind it, over a range of `piece`. Returns the
 * index behind the first byte after which the hash has no bit of the mask, with that hash in the
 * state; or -1, with the hash behind the range.
 */
export type GearScan = (state: Int32Array, piece: Uint8Array, range: GearRange) => number;

/** Returns the state of {@link GearScan} with the hash of no bytes. */
export function createGearState(): Int32Array {
  const state = new Int32Array(1 + 256);
  state.set(createGearTable(), 1);
  return state;
}

/** Returns the fastest scan there is. */
export function createGearScan(addon = loadIngestAddon()): GearScan {
  if (!addon) return scanHere;
  return (state, piece, { from, to, mask }) => addon.gearScan(state, piece, from, to, mask);
}

/**
 * Scans in JavaScript: what runs where there is no addon. Eight bytes a turn, the hashes first and the
 * decisions behind them, run at more than twice the speed of a byte a turn.
 */
export function scanHere(state: Int32Array, piece: Uint8Array, range: GearRange): number {
  const { to, mask } = range;
  let index = range.from;
  let hash = state[0] as number;
  for (const end = to - 7; index < end; index += 8) {
    const hash1 = ((hash << 1) + gear(state, piece, index)) | 0;
    const hash2 = ((hash1 << 1) + gear(state, piece, index + 1)) | 0;
    const hash3 = ((hash2 << 1) + gear(state, piece, index + 2)) | 0;
    const hash4 = ((hash3 << 1) + gear(state, piece, index + 3)) | 0;
    const hash5 = ((hash4 << 1) + gear(state, piece, index + 4)) | 0;
    const hash6 = ((hash5 << 1) + gear(state, piece, index + 5)) | 0;
    const hash7 = ((hash6 << 1) + gear(state, piece, index + 6)) | 0;
    const hash8 = ((hash7 << 1) + gear(state, piece, index + 7)) | 0;
    if (
      (hash1 & mask) === 0 ||
      (hash2 & mask) === 0 ||
      (hash3 & mask) === 0 ||
      (hash4 & mask) === 0 ||
      (hash5 & mask) === 0 ||
      (hash6 & mask) === 0 ||
      (hash7 & mask) === 0 ||
      (hash8 & mask) === 0
    ) {
      break;
    }
    hash = hash8;
  }
  for (; index < to; index++) {
    hash = ((hash << 1) + gear(state, piece, index)) | 0;
    if ((hash & mask) !== 0) continue;
    state[0] = hash;
    return index + 1;
  }
  state[0] = hash;
  return -1;
}

function gear(state: Int32Array, piece: Uint8Array, index: number): number {
  return state[1 + (piece[index] as number)] as number;
}
