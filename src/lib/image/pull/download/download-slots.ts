import { join } from 'node:path';
import type { Digest } from '../../../base/digest.js';
import { isMonoError } from '../../../errors.js';
import { ensureDirectory } from '../../../io/ensure-directory.js';
import { SharedLock } from '../../../io/shared-lock.js';

/**
 * The number of locks. Digests share them by their last byte: the files are there for good, so that
 * none has to be removed while others wait for it, and two blobs that meet in one only wait for
 * each other.
 */
const SLOT_COUNT = 64;

/**
 * How long another holder is waited for, in `ms`: a layer of some gigabytes over a slow line. A
 * holder that was stopped holds its lock; after this time it no longer holds us up.
 */
const MAX_WAIT_MS = 1_800_000;

/**
 * Runs `fn` while nobody else works on the blob `digest`. The system frees the lock when a process
 * ends, however it ends. `fn` learns whether the lock is held: after a very long wait, or where no
 * locks can be had, it runs without, which costs work but does no harm.
 *
 * @throws {MonoError} `CANCELLED`
 */
export async function withSlot<T>(
  place: { directory: string; digest: Digest; signal: AbortSignal | undefined },
  fn: (isHeld: boolean) => Promise<T>,
): Promise<T> {
  const lock = openSlot(place.directory, place.digest);
  if (!lock) return fn(false);
  try {
    const isHeld = await acquire(lock, place.signal);
    return await fn(isHeld);
  } finally {
    lock.close();
  }
}

function openSlot(directory: string, digest: Digest): SharedLock | undefined {
  const slot = Number.parseInt(digest.slice(-2), 16) % SLOT_COUNT;
  try {
    ensureDirectory(directory);
    return new SharedLock(join(directory, `slot-${String(slot).padStart(2, '0')}.lock`));
  } catch {
    return undefined;
  }
}

async function acquire(lock: SharedLock, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    return await lock.acquire('exclusive', { waitMs: MAX_WAIT_MS, signal });
  } catch (error) {
    if (isMonoError(error, 'CANCELLED')) throw error;
    return false;
  }
}
