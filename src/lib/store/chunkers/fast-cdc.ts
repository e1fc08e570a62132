/**
 * FastCDC: content-defined chunking by the gear hash with normalised chunk sizes (Xia et al.,
 * "FastCDC: a Fast and Efficient Content-Defined Chunking Approach for Data Deduplication",
 * USENIX ATC 2016, sections 3.3-3.5).
 *
 *     0 ......... min ............. normal ............... max
 *     |  not hashed  |  strict mask  |     loose mask     | cut
 *
 * The hash starts at 0 behind the skipped minimum and at every cut, so a cut depends on nothing
 * before the previous one, and chunking falls into step again after an edit.
 *
 * With `alignBytes` only multiples of it (counted from the start of the chunk) are candidates, each
 * judged by the hash of the 32 bytes before it: every chunk but the last is a multiple of
 * `alignBytes` and may lie next to any other on a disk. Masks then have log2(alignBytes) bits fewer,
 * and all other bytes need not be looked at.
 */
import { invariant } from '../../errors.js';
import type { Chunker, ChunkSizes } from './chunker.js';
import { cutStream, type CutFinder } from './cut-stream.js';
import { createGearScan, createGearState, type GearScan } from './gear-scan.js';
import { createGearTable, GEAR_WINDOW_BYTES } from './gear-table.js';

/** Options of {@link fastCdc}. */
export interface FastCdcOptions extends ChunkSizes {
  /** every cut is a multiple of this many `bytes`; 1 by default, else at least 32 */
  readonly alignBytes?: number;
  /** what hashes where `alignBytes` is 1; by default the fastest there is */
  readonly scan?: GearScan;
}

/** How many bits the strict mask has more, and the loose mask fewer, than the target asks for. */
const NORMALISATION_BITS = 2;

/** Returns a FastCDC chunker. */
export function fastCdc(options: FastCdcOptions): Chunker {
  const plan = planCuts(options);
  if (plan.alignBytes > 1) return cutStream(() => createAlignedFinder(plan), options.minBytes);
  const { scan = createGearScan() } = options;
  return cutStream(() => createBytewiseFinder(plan, scan), options.minBytes);
}

interface CutPlan {
  readonly table: Int32Array;
  readonly minBytes: number;
  /** chunk size from which the loose mask judges */
  readonly normalBytes: number;
  readonly maxBytes: number;
  readonly alignBytes: number;
  readonly strictMask: number;
  readonly looseMask: number;
}

function planCuts(options: FastCdcOptions): CutPlan {
  const { minBytes, targetBytes, maxBytes, alignBytes = 1 } = options;
  invariant(
    minBytes > 0 && minBytes < targetBytes && targetBytes < maxBytes,
    'chunk sizes are ordered 0 < min < target < max',
  );
  invariant(
    alignBytes === 1 || alignBytes >= GEAR_WINDOW_BYTES,
    'the alignment is 1 or at least the window of the hash',
  );
  const units = [minBytes, targetBytes, maxBytes].map((size) => size / alignBytes);
  invariant(units.every(Number.isSafeInteger), 'chunk sizes are multiples of the alignment');
  const bits = Math.round(Math.log2(targetBytes / alignBytes));
  invariant(bits > NORMALISATION_BITS, 'the target is at least 8 times the alignment');
  const strictBits = bits + NORMALISATION_BITS;
  const looseBits = bits - NORMALISATION_BITS;
  const normalUnits = normalPoint(minBytes / alignBytes, targetBytes / alignBytes, {
    strictGap: 2 ** strictBits,
    looseGap: 2 ** looseBits,
  });
  return {
    table: createGearTable(),
    minBytes,
    normalBytes: normalUnits * alignBytes,
    maxBytes,
    alignBytes,
    strictMask: topBits(strictBits),
    looseMask: topBits(looseBits),
  };
}

/**
 * Returns the size from which the loose mask judges, chosen so that the mean chunk size is the
 * target: with n candidates under the strict mask (one in s cuts) and then the loose one (one in l),
 * the mean is `min + s - (s - l) * (1 - 1/s)^n`, solved for n. The paper puts the point at the target
 * itself, which makes the mean 14 % too large.
 */
function normalPoint(
  min: number,
  target: number,
  gaps: { readonly strictGap: number; readonly looseGap: number },
): number {
  const { strictGap, looseGap } = gaps;
  const survival = (strictGap + min - target) / (strictGap - looseGap);
  const strictCandidates = Math.log(Math.min(survival, 1)) / Math.log1p(-1 / strictGap);
  return min + Math.round(strictCandidates);
}

function topBits(count: number): number {
  return (-1 << (32 - count)) | 0;
}

function createBytewiseFinder(plan: CutPlan, scan: GearScan): CutFinder {
  const { minBytes, normalBytes, maxBytes, strictMask, looseMask } = plan;
  const state = createGearState();
  let size = 0;
  function endAt(cut: number): number {
    size = 0;
    state[0] = 0;
    return cut;
  }
  return {
    next(piece, start) {
      const chunkStart = start - size;
      const hashed = Math.max(start, chunkStart + minBytes);
      const normal = Math.min(Math.max(hashed, chunkStart + normalBytes), piece.length);
      const last = Math.min(chunkStart + maxBytes, piece.length);
      let cut = scan(state, piece, { from: hashed, to: normal, mask: strictMask });
      if (cut < 0) {
        cut = scan(state, piece, { from: Math.max(hashed, normal), to: last, mask: looseMask });
      }
      if (cut >= 0) return endAt(cut);
      size = last - chunkStart;
      return size === maxBytes ? endAt(last) : -1;
    },
  };
}

function createAlignedFinder(plan: CutPlan): CutFinder {
  const { table, minBytes, normalBytes, maxBytes, alignBytes, strictMask, looseMask } = plan;
  let size = 0;
  let candidate = minBytes;
  let gear = 0;
  return {
    next(piece, start) {
      const chunkStart = start - size;
      for (;;) {
        const end = Math.min(chunkStart + candidate, piece.length);
        let index = Math.max(start, chunkStart + candidate - GEAR_WINDOW_BYTES);
        for (; index < end; index++) {
          gear = ((gear << 1) + (table[piece[index] as number] as number)) | 0;
        }
        size = end - chunkStart;
        if (size < candidate) return -1;
        const mask = size < normalBytes ? strictMask : looseMask;
        const isCut = (gear & mask) === 0 || size >= maxBytes;
        gear = 0;
        candidate = isCut ? minBytes : candidate + alignBytes;
        if (!isCut) continue;
        size = 0;
        return end;
      }
    },
  };
}
