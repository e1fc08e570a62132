import { join } from 'node:path';
import { buildSync } from 'esbuild';
import type { Contestant } from '../contest.js';

const root = join(import.meta.dirname, '../..');
/** Inside the repository, so that packages are found from there. */
const BUNDLE = join(root, 'node_modules/.cache/mono-bench/store-worker.mjs');

/** Makes contestants that run a job of the worker, each in a process of its own. */
export type WorkerFactory = (name: string, job: readonly string[]) => Contestant;

/**
 * Bundles the worker, as `mono` itself is bundled: a loader that translates the sources would add its
 * own time and memory to each figure.
 */
export function bundleWorker(): WorkerFactory {
  buildSync({
    entryPoints: [join(import.meta.dirname, 'store-worker.ts')],
    outfile: BUNDLE,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
  });
  return (name, job) => ({
    name,
    command: { argv: [process.execPath, BUNDLE, ...job], cwd: root },
  });
}
