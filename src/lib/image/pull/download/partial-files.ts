import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '../../../base/digest.js';

/** What the names of partial files end in. */
const PARTIAL_SUFFIX = '.partial';

/** A download that nobody has gone on with for this long is given up, in `ms`: a week. */
export const MAX_PARTIAL_AGE_MS = 7 * 86_400_000;

/** The most bytes that interrupted downloads may take together. */
export const MAX_PARTIAL_TOTAL_BYTES = 8 * 1024 ** 3;

/** Returns the path of the partial file of a blob. */
export function partialPath(directory: string, digest: Digest): string {
  return join(directory, `${digest.replace(':', '-')}${PARTIAL_SUFFIX}`);
}

/**
 * Removes partial files: those that are too old, then the oldest until the rest keeps within
 * {@link MAX_PARTIAL_TOTAL_BYTES}. One that is being written loses its name only: its download goes
 * on, but could not be resumed. Never fails.
 */
export async function sweepPartialFiles(directory: string): Promise<void> {
  const files = (await listPartialFiles(directory)).sort((a, b) => b.modifiedMs - a.modifiedMs);
  const oldestMs = Date.now() - MAX_PARTIAL_AGE_MS;
  let totalBytes = 0;
  for (const { path, modifiedMs, sizeBytes } of files) {
    totalBytes += sizeBytes;
    const isGivenUp = modifiedMs < oldestMs || totalBytes > MAX_PARTIAL_TOTAL_BYTES;
    if (isGivenUp) await rm(path, { force: true }).catch(() => undefined);
  }
}

/** A partial file on disk. */
export interface PartialFileFacts {
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

/** Returns the partial files of a directory, which need not exist. */
export async function listPartialFiles(directory: string): Promise<PartialFileFacts[]> {
  const names = await readdir(directory).catch(() => []);
  const files: PartialFileFacts[] = [];
  for (const name of names.filter((it) => it.endsWith(PARTIAL_SUFFIX))) {
    const path = join(directory, name);
    const facts = await stat(path).catch(() => undefined);
    if (facts) files.push({ path, sizeBytes: facts.size, modifiedMs: facts.mtimeMs });
  }
  return files;
}
