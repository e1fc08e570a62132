import type { Measurement } from './measure.js';

/** The middle and the spread of several runs. */
export interface Summary {
  readonly runs: number;
  readonly wallSeconds: Spread;
  readonly cpuSeconds: Spread;
  readonly peakRssMib: Spread;
  readonly readMib: Spread;
  readonly writtenMib: Spread;
}

/** Minimum, median and maximum. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** Returns the summary of `runs`, of which there is at least one. */
export function summarise(runs: readonly Measurement[]): Summary {
  return {
    runs: runs.length,
    wallSeconds: spread(runs.map((run) => run.wallSeconds)),
    cpuSeconds: spread(runs.map((run) => run.userSeconds + run.systemSeconds)),
    peakRssMib: spread(runs.map((run) => run.peakRssMib)),
    readMib: spread(runs.map((run) => run.readMib)),
    writtenMib: spread(runs.map((run) => run.writtenMib)),
  };
}

/** Returns the spread of `values`, of which there is at least one. */
export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median =
    sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { min: sorted[0]!, median, max: sorted.at(-1)! };
}
