/*
 * Times krun machines beside the bare launcher, inside an outer machine (test/vm/nested), and sums what
 * one takes of the host's memory beside that of its guest; the JSON goes to bench/results/.
 * usage: bench/krun/main.ts [--suite krun] [--rounds N]
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine } from '../machine.js';
import { krunPlaces } from '../../test/vm/nested/krun-places.js';
import { MAX_STARTS, runOuterMachine } from '../../test/vm/nested/play-nested.js';
import { prepareExchange } from '../../test/vm/nested/prepare-exchange.js';
import { writeScenarioImage } from '../../test/vm/scenarios/scenario-image.js';
import { krunFigures, type KrunFigures, type ResultLine } from './krun-figures.js';

const RESULTS = join(import.meta.dirname, '../results');

const { values } = parseArgs({
  options: {
    suite: { type: 'string', default: 'krun' },
    rounds: { type: 'string', default: '5' },
  },
});
const directory = mkdtempSync(join(tmpdir(), 'mono-bench-krun-'));
try {
  const rounds = Number(values.rounds);
  const krun = krunFigures(await runInner(rounds));
  print(krun);
  save({ machine: describeMachine(), rounds, results: [], krun });
} finally {
  rmSync(directory, { recursive: true, force: true });
}

async function runInner(rounds: number): Promise<ResultLine[]> {
  const results = join(directory, 'results.jsonl');
  await prepareExchange(directory, join(import.meta.dirname, 'inner.ts'));
  const image = await writeScenarioImage(join(directory, 'image'));
  const options = { ...(await krunPlaces()), image, scenarios: [], rounds };
  writeFileSync(join(directory, 'options.json'), JSON.stringify(options));
  for (let start = 0; start < MAX_STARTS; start++) {
    writeFileSync(results, '');
    await runOuterMachine(directory);
    const lines = readFileSync(results, 'utf8').split('\n').slice(0, -1);
    if (lines.length === 2 * rounds + 1) return lines.map((line) => JSON.parse(line) as ResultLine);
  }
  throw new Error(readFileSync(join(directory, 'console'), 'utf8').slice(-2000));
}

function print({ mono, bareLauncher, memory }: KrunFigures): void {
  for (const [name, { median }] of Object.entries({ mono, 'bare launcher': bareLauncher }))
    console.log(
      `${name}: median ${median.toFixed(2)} s, mono / it ${(mono.median / median).toFixed(2)}`,
    );
  for (const { name, guestKib, otherKib } of memory)
    console.log(`${name}: ${otherKib} KiB beside ${guestKib} KiB of its guest`);
}

function save(report: object): void {
  const path = join(RESULTS, `krun-${new Date().toISOString().slice(0, 10)}.json`);
  writeFileSync(path, `${JSON.stringify(report, undefined, 2)}\n`);
  console.log(`written: ${path}`);
}
