import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { InnerOptions, InnerResult } from './inner-options.js';
import { hasEnded, startOuterMachine, stopOuterMachine } from './outer-machine.js';

/** How often an outer machine may be started: an emulator's race is not the driver's. */
export const MAX_STARTS = 3;
/** An outer machine boots, and finishes each scenario, well within this; else it stands still. */
const SILENCE_TIMEOUT_MS = 240_000;
const POLL_MS = 200;
const CONSOLE_BYTES = 4000;

/** What {@link playNested} has seen. */
export interface NestedRun {
  /** the last result for every scenario that was played */
  readonly results: readonly InnerResult[];
  /** what was played again */
  readonly lost: readonly InnerResult[];
  /** how often an outer machine was started */
  readonly starts: number;
  /** the end of the last outer machine's console */
  readonly console: string;
}

/**
 * Plays scenarios inside outer machines.
 *
 * @param directory holds `inner.mjs` and `initramfs`, and takes what the machines write
 */
export async function playNested(directory: string, options: InnerOptions): Promise<NestedRun> {
  const results = new Map<string, InnerResult>();
  const lost: InnerResult[] = [];
  let starts = 0;
  let left = options.scenarios;
  while (left.length > 0 && starts < MAX_STARTS) {
    starts++;
    writeFileSync(join(directory, 'options.json'), JSON.stringify({ ...options, scenarios: left }));
    writeFileSync(join(directory, 'results.jsonl'), '');
    await runOuterMachine(directory);
    for (const result of readResults(directory)) {
      results.set(result.name, result);
      if (result.outcome === 'lost') lost.push(result);
    }
    left = left.filter((name) => (results.get(name)?.outcome ?? 'lost') === 'lost');
  }
  return { results: [...results.values()], lost, starts, console: readConsole(directory) };
}

/**
 * Runs an outer machine until it ends, or adds nothing to `results.jsonl` for too long.
 *
 * @param directory as for `playNested`, with that file and `options.json`
 */
export async function runOuterMachine(directory: string): Promise<void> {
  const child = startOuterMachine({
    initramfs: join(directory, 'initramfs'),
    exchange: directory,
    console: join(directory, 'console'),
  });
  let [size, sinceMs] = [0, Date.now()];
  while (!hasEnded(child) && Date.now() - sinceMs < SILENCE_TIMEOUT_MS) {
    await sleep(POLL_MS);
    const now = statSync(join(directory, 'results.jsonl')).size;
    if (now !== size) [size, sinceMs] = [now, Date.now()];
  }
  await stopOuterMachine(child);
}

function readResults(directory: string): InnerResult[] {
  const lines = readFileSync(join(directory, 'results.jsonl'), 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as InnerResult);
}

function readConsole(directory: string): string {
  const path = join(directory, 'console');
  return existsSync(path) ? readFileSync(path, 'utf8').slice(-CONSOLE_BYTES) : '';
}
