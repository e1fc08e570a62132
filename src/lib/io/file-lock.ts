import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import lockfile from 'proper-lockfile';
import { throwIfAborted } from '../base/async.js';
import { MonoError } from '../errors.js';
import { ensureDirectory } from './ensure-directory.js';
import { ioError } from './io-error.js';

/** A lock whose holder has not renewed it for this long belongs to a dead process. */
const STALE_MS = 10_000;
const POLL_MS = 50;

/** Options of {@link withFileLock}. */
export interface FileLockOptions {
  /** how long to wait for another holder, in `ms` */
  readonly waitMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs `fn` while this process, and no other, holds the lock named `path` (a directory
 * `<path>.lock` beside it, renewed while held). `path` itself need not exist.
 *
 * A process that stood still for longer than the lock lives (a suspended machine) can lose it to
 * another one. So what is written under the lock must take its place atomically: two holders then
 * cost work, not correctness.
 *
 * @throws {MonoError} `LOCK_TIMEOUT` when another process keeps it for longer than `waitMs`
 */
export async function withFileLock<T>(
  path: string,
  options: FileLockOptions,
  fn: () => Promise<T>,
): Promise<T> {
  const release = await acquire(path, options);
  try {
    return await fn();
  } finally {
    await release();
  }
}

async function acquire(path: string, options: FileLockOptions): Promise<() => Promise<void>> {
  ensureDirectory(dirname(path));
  const deadline = Date.now() + options.waitMs;
  for (;;) {
    throwIfAborted(options.signal);
    try {
      const release = await lockfile.lock(path, {
        realpath: false,
        stale: STALE_MS,
        onCompromised: () => undefined,
      });
      return () => release().catch(ignoreLostLock);
    } catch (error) {
      if (!isHeld(error)) throw ioError(error, 'lock', path);
      if (Date.now() >= deadline) throw timeout(path, options.waitMs);
    }
    await sleep(POLL_MS);
  }
}

/** A lock that was lost is not ours to release. */
function ignoreLostLock(error: unknown): void {
  const lost = error instanceof Error && 'code' in error && error.code === 'ERELEASED';
  if (!lost) throw error;
}

function isHeld(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ELOCKED';
}

function timeout(path: string, waitMs: number): MonoError {
  return new MonoError('LOCK_TIMEOUT', `Cannot lock \`${path}\`: another process holds it`, {
    details: { path, waitMs },
    hint: 'Wait until the other command has ended and run this one again.',
  });
}
