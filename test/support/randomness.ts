/**
 * What tests of random cases start from. `npm test` derives the seed from the sources, so that a
 * commit is tested with the same cases everywhere, and every change tries others.
 */
import { randomInt } from 'node:crypto';

/** A whole number below 2^31, from `MONO_SEED` where that is set. */
export const seed = Number(process.env['MONO_SEED'] ?? randomInt(2 ** 31));

const FACTOR = Number(process.env['MONO_FUZZ'] ?? 1);

/** Returns how many random cases are tried where `count` are by default: `MONO_FUZZ` times as many. */
export function runsOf(count: number): number {
  return count * FACTOR;
}
