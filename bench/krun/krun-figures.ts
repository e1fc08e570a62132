import { spread, type Spread } from '../statistics.js';
import type { ProcessMemory } from './sum-memory.js';

/** What the inner program reports, a line each. */
export type ResultLine =
  | { readonly name: 'mono' | 'bare launcher'; readonly milliseconds: number }
  | { readonly memory: readonly ProcessMemory[] };

/** What krun machines cost inside an outer machine. */
export interface KrunFigures {
  /** from the call to the end of `true`, in `s` */
  readonly mono: Spread;
  /** the same machine with `true` as its first and only program, without `mono`, in `s` */
  readonly bareLauncher: Spread;
  /** of a machine that runs a shell */
  readonly memory: readonly ProcessMemory[];
}

/** Returns the figures that the lines come to. */
export function krunFigures(lines: readonly ResultLine[]): KrunFigures {
  return {
    mono: secondsOf(lines, 'mono'),
    bareLauncher: secondsOf(lines, 'bare launcher'),
    memory: lines.flatMap((line) => ('memory' in line ? line.memory : [])),
  };
}

/** Returns what the processes of a machine take of the host beside the guest's memory, in `MiB`. */
export function memoryBesideGuestMib({ memory }: KrunFigures): number {
  return memory.reduce((sum, { otherKib }) => sum + otherKib, 0) / 1024;
}

function secondsOf(lines: readonly ResultLine[], name: string): Spread {
  const times = lines.flatMap((line) =>
    'name' in line && line.name === name ? [line.milliseconds / 1000] : [],
  );
  return spread(times);
}
