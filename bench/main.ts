/*
 * Times `mono` beside its peers and prints one table per contest; the JSON goes to bench/results/.
 * usage: bench/main.ts --suite install --registry HOST:PORT [--images NAME:TAG,…] [--rounds N]
 *        bench/main.ts --suite store [--trees DIR [--registry HOST:PORT]] [--mib N] [--blocks N] [--rounds N]
 *          [--only chunk,put,blocks,get,gc,stream,sizes]
 *        bench/main.ts --suite fs [--files N] [--rounds N]
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { hold, type Contest, type ContestResult } from './contest.js';
import { fsContests } from './fs/fs-contests.js';
import { coldInstall, noOpInstall, warmInstall } from './install-contests.js';
import { describeMachine } from './machine.js';
import { renderTable } from './report.js';
import { runTrue } from './run-contests.js';
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
    images: { type: 'string', default: 'debian:12.0.0,python:3.11.0,dev:1.0.0' },
    rounds: { type: 'string', default: '3' },
  },
});
if (!values.registry && values.suite === 'install') {
  throw new Error('--registry HOST:PORT is needed (bench/images prints it)');
}

const scratch = mkdtempSync(join(tmpdir(), 'mono-bench-'));
const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'mono/bench');
mkdirSync(cache, { recursive: true });
try {
  const results: ContestResult[] = [];
  for await (const make of contests(values.images.split(','))) {
    const result = hold(make(), Number(values.rounds));
    results.push(result);
    console.log(`${renderTable(result)}\n`);
  }
  const sizes = measureSizes();
  save({ machine: describeMachine(), rounds: Number(values.rounds), results, sizes });
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** Each contest is made when its turn comes: making one may install an image first. */
async function* contests(images: readonly string[]): AsyncGenerator<() => Contest> {
  if (values.suite === 'fs') {
    yield* fsContests({ scratch, files: Number(values.files) });
    return;
  }
  if (values.suite === 'store') {
    const { mib, blocks } = values;
    yield* storeContests({ scratch, mib: Number(mib), blocks: Number(blocks), only: only() });
    return;
  }
  for (const name of images) {
    const setting = { image: `${values.registry!}/library/${name}`, scratch, cache };
    yield () => coldInstall(setting);
    yield () => warmInstall(setting);
    yield () => noOpInstall(setting);
    yield () => runTrue(setting);
  }
}

/** The sizes of both `dev` trees, where the suite and the arguments ask for them. */
function measureSizes() {
  const { suite, registry, trees } = values;
  if (suite !== 'store' || !trees || only()?.includes('sizes') === false) return [];
  const sizes = storedSizes({ registry, trees, scratch });
  console.table(sizes.map(({ name, mib }) => ({ name, 'dev:1.0.0': mib[0], 'and 1.1.0': mib[1] })));
  return sizes;
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
