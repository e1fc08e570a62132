/*
 * Times `mono` beside its peers and prints one table per contest; the JSON goes to bench/results/.
 * usage: bench/main.ts --suite install --registry HOST:PORT [--images NAME:TAG,…] [--trees DIR] [--rounds N]
 *        bench/main.ts --suite store [--trees DIR [--registry HOST:PORT]] [--mib N] [--blocks N] [--rounds N]
 *          [--only chunk,put,blocks,get,gc,stream,sizes]
 *        bench/main.ts --suite fs [--files N] [--rounds N]
 *        bench/main.ts --suite growth [--counts 1,10,50,200] [--rounds N]
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { hold, type Contest, type ContestResult } from './contest.js';
import { fsContests } from './fs/fs-contests.js';
import { measureGrowth } from './growth/growth-suite.js';
import { installContests, installFigures } from './install-suite.js';
import { describeMachine } from './machine.js';
import { renderTable } from './report.js';
import { storeContests } from './store/store-contests.js';
import { storedSizes } from './store/stored-size.js';

const { values } = parseArgs({
  options: {
    suite: { type: 'string', default: 'install' },
    registry: { type: 'string' },
    trees: { type: 'string' },
    mib: { type: 'string', default: '1024' },
    blocks: { type: 'string', default: '1000000' },
    files: { type: 'string', default: '200000' },
    only: { type: 'string' },
    counts: { type: 'string', default: '1,10,50,200' },
    images: { type: 'string', default: 'debian:12.0.0,python:3.11.0,dev:1.0.0' },
    rounds: { type: 'string', default: '5' },
  },
});
if (!values.registry && values.suite === 'install') {
  throw new Error('--registry HOST:PORT is needed (bench/images prints it)');
}

const rounds = Number(values.rounds);
const scratch = mkdtempSync(join(tmpdir(), 'mono-bench-'));
const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'mono/bench');
mkdirSync(cache, { recursive: true });
try {
  const results: ContestResult[] = [];
  for await (const make of contests()) {
    const result = hold(make(), rounds);
    results.push(result);
    console.log(`${renderTable(result)}\n`);
  }
  save({ machine: describeMachine(), rounds, results, ...(await furtherFigures()) });
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** Each contest is made when its turn comes: making one may install an image first. */
async function* contests(): AsyncGenerator<() => Contest> {
  if (values.suite === 'fs') {
    yield* fsContests({ scratch, files: Number(values.files) });
    return;
  }
  if (values.suite === 'store') {
    const { mib, blocks } = values;
    yield* storeContests({ scratch, mib: Number(mib), blocks: Number(blocks), only: only() });
    return;
  }
  if (values.suite === 'install') yield* installContests(installSetting());
}

/** What a suite has to say beyond its contests, under the names that it has in the JSON. */
async function furtherFigures(): Promise<object> {
  const { suite, registry, trees } = values;
  if (suite === 'install') return installFigures(installSetting());
  if (suite === 'growth') return { growth: await growth() };
  if (suite !== 'store' || !trees || only()?.includes('sizes') === false) return { sizes: [] };
  const sizes = storedSizes({ registry, trees, scratch });
  console.table(sizes.map(({ name, mib }) => ({ name, 'dev:1.0.0': mib[0], 'and 1.1.0': mib[1] })));
  return { sizes };
}

function installSetting() {
  const { registry, trees, images } = values;
  return { registry: registry!, trees, images: images.split(','), scratch, cache };
}

async function growth() {
  return measureGrowth({
    scratch,
    rounds,
    counts: values.counts.split(',').map(Number),
    onStage({ images, commands, indexMib }) {
      const medians = Object.entries(commands).map(
        ([name, { wallSeconds }]) => `${name} ${wallSeconds.median.toFixed(2)} s`,
      );
      console.log(`${images} images: ${medians.join(', ')}, index ${indexMib.toFixed(1)} MiB`);
    },
  });
}

/** The parts of the store's suite that are asked for; `undefined`: all. */
function only(): readonly string[] | undefined {
  return values.only?.split(',');
}

function save(report: object): void {
  const directory = join(import.meta.dirname, 'results');
  mkdirSync(directory, { recursive: true });
  const path = join(directory, `${values.suite}-${new Date().toISOString().slice(0, 10)}.json`);
  writeFileSync(path, `${JSON.stringify(report, undefined, 2)}\n`);
  console.log(`written: ${path}`);
}
