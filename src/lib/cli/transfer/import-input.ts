import { mkdtemp, rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { ensureDirectory } from '../../io/ensure-directory.js';
import { writeFileAtomic } from '../../io/atomic-file.js';
import type { Context } from '../context.js';

/**
 * Calls `work` with the path of what is to be imported. Standard input, which `-` stands for, is a
 * file in the cache directory meanwhile: what it is can only be found out by looking through it.
 */
export async function withImportInput<T>(
  context: Context,
  input: string,
  work: (path: string) => Promise<T>,
): Promise<T> {
  if (input !== '-') return work(resolve(context.directory, input));
  ensureDirectory(context.directories.cache);
  const directory = await mkdtemp(join(context.directories.cache, 'import-'));
  try {
    const path = join(directory, 'stdin');
    await writeFileAtomic(path, process.stdin);
    return await work(path);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Returns the name that an import gets when none is chosen: that of the file, without endings. */
export function defaultImportName(input: string): string {
  const name = basename(resolve(input)).replace(/\.(?:tar|tgz|car|oci|docker|gz|zst)\b.*$/i, '');
  return input === '-' ? 'imported' : name.toLowerCase();
}
