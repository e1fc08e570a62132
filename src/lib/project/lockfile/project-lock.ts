import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { withFileLock } from '../../io/file-lock.js';
import { stampPath } from '../install/install-stamp.js';

/** How long a command waits for another one that changes the same project, in `ms`. */
const WAIT_MS = 60_000;

/**
 * Runs `fn` while no other process with the same data directory changes the files of the project in
 * `directory`, whose stamp goes first. The lock stands in the data directory: nothing appears in the
 * project.
 *
 * @throws {MonoError} `LOCK_TIMEOUT`
 */
export async function withProjectLock<T>(
  place: { readonly dataDirectory: string; readonly directory: string },
  signal: AbortSignal,
  fn: () => Promise<T>,
): Promise<T> {
  const name = createHash('sha256').update(place.directory).digest('hex').slice(0, 32);
  const path = join(place.dataDirectory, 'locks', `project-${name}`);
  return withFileLock(path, { waitMs: WAIT_MS, signal }, async () => {
    await rm(stampPath(place.dataDirectory, place.directory), { force: true });
    return fn();
  });
}
