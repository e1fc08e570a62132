import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = join(import.meta.dirname, '../..');
const hook = join(import.meta.dirname, 'list-loaded-modules.cjs');

/** Returns the environment in which the program writes to the file `log` what it loads. */
export function listingModules(log: string): Record<string, string> {
  writeFileSync(log, '');
  return { NODE_OPTIONS: `--require ${hook}`, LOADED_MODULES: log };
}

/** Returns the files that were loaded, relative to the package, each once; none of Node's own. */
export function readLoadedModules(log: string): string[] {
  const prefix = `${pathToFileURL(root).href}/`;
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
  const files = lines
    .filter((line) => !line.startsWith('node:'))
    .map((line) => line.replace(prefix, '').replace(`${root}/`, ''));
  return [...new Set(files)];
}
