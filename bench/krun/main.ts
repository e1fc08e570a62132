/*
 * Times krun machines beside the bare launcher, inside an outer machine (test/vm/nested), and prints
 * what one takes of the host's memory beside that of its guest.
 * usage: bench/krun/main.ts [--suite krun] [--rounds N]
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { krunPlaces } from '../../test/vm/nested/krun-places.js';
import { startOuterMachine } from '../../test/vm/nested/outer-machine.js';
import { prepareExchange } from '../../test/vm/nested/prepare-exchange.js';
import { writeScenarioImage } from '../../test/vm/scenarios/scenario-image.js';
import type { ProcessMemory } from './sum-memory.js';

/** A line of the results. */
type Line =
  | { readonly name: string; readonly milliseconds: number }
  | { readonly memory: readonly ProcessMemory[] };

const { values } = parseArgs({
  options: {
    suite: { type: 'string', default: 'krun' },
    rounds: { type: 'string', default: '5' },
  },
});
const directory = mkdtempSync(join(tmpdir(), 'mono-bench-krun-'));
try {
  printResults(await runInner(Number(values.rounds)));
} finally {
  rmSync(directory, { recursive: true, force: true });
}

async function runInner(rounds: number): Promise<Line[]> {
  const results = join(directory, 'results.jsonl');
  await prepareExchange(directory, join(import.meta.dirname, 'inner.ts'));
  const image = await writeScenarioImage(join(directory, 'image'));
  const options = { ...(await krunPlaces()), image, scenarios: [], rounds };
  writeFileSync(join(directory, 'options.json'), JSON.stringify(options));
  writeFileSync(results, '');
  const machine = startOuterMachine({
    initramfs: join(directory, 'initramfs'),
    exchange: directory,
    console: join(directory, 'console'),
  });
  await once(machine, 'exit');
  const lines = readFileSync(results, 'utf8').split('\n').slice(0, -1);
  if (lines.length === 2 * rounds + 1) return lines.map((line) => JSON.parse(line) as Line);
  throw new Error(readFileSync(join(directory, 'console'), 'utf8').slice(-2000));
}

function printResults(lines: readonly Line[]): void {
  const medians = new Map(['mono', 'bare launcher'].map((name) => [name, medianOf(lines, name)]));
  const own = medians.get('mono')!;
  for (const [name, ms] of medians)
    console.log(`${name}: median ${ms.toFixed(0)} ms, mono / it ${(own / ms).toFixed(2)}`);
  for (const { name, guestKib, otherKib } of lines.flatMap((it) =>
    'memory' in it ? it.memory : [],
  ))
    console.log(`${name}: ${otherKib} KiB beside ${guestKib} KiB of its guest`);
}

function medianOf(lines: readonly Line[], name: string): number {
  const times = lines.flatMap((it) => ('name' in it && it.name === name ? [it.milliseconds] : []));
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
}
