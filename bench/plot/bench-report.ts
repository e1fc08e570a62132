import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AddedBytes } from '../added-bytes.js';
import type { GrowthStage } from '../growth/growth-suite.js';
import type { KrunFigures } from '../krun/krun-figures.js';
import type { StoredSize } from '../store/stored-size.js';
import type { Spread } from '../statistics.js';

/** A file of bench/results/, as far as it is read here; older ones have fewer figures. */
export interface BenchReport {
  readonly machine: Readonly<Record<string, string | number | boolean>>;
  readonly rounds: number;
  readonly results: readonly ReportedContest[];
  readonly sizes?: readonly StoredSize[];
  readonly added?: AddedBytes;
  readonly uniqueMib?: Readonly<Record<string, number>>;
  readonly growth?: readonly GrowthStage[];
  readonly krun?: KrunFigures;
}

/** A contest in a report. */
export interface ReportedContest {
  readonly title: string;
  readonly results: readonly {
    readonly name: string;
    readonly summary: {
      readonly wallSeconds: Spread;
      readonly cpuSeconds: Spread;
      readonly peakRssMib: Spread;
      readonly readMib?: Spread;
      readonly writtenMib?: Spread;
    };
  }[];
}

/** Returns the youngest report of a suite, by the date in its name, or `undefined`. */
export function latestReport(directory: string, suite: string): BenchReport | undefined {
  const dated = new RegExp(`^${suite}-\\d{4}-\\d\\d-\\d\\d\\.json$`);
  const name = readdirSync(directory)
    .filter((entry) => dated.test(entry))
    .sort()
    .at(-1);
  if (name === undefined) return undefined;
  return JSON.parse(readFileSync(join(directory, name), 'utf8')) as BenchReport;
}
