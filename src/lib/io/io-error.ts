import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { isMonoError, MonoError } from '../errors.js';

const FULL = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL']);

/** Below this, a file system has no room for the smallest file that SQLite maps into memory. */
const SMALLEST_USEFUL_BYTES = 64 * 1024;

/**
 * Returns `error`, raised while doing `action` to `path`, as a `MonoError`: `DISK_FULL` when space
 * ran out, `LOCK_TIMEOUT` when a database stayed locked, `IO_FAILED` otherwise. A `MonoError` is returned as it is.
 *
 * @param action a verb in the infinitive and its object, such as `write the pack`
 */
export function ioError(error: unknown, action: string, path: string): MonoError {
  if (isMonoError(error)) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  if (FULL.has(code) || isFullInDisguise(code, path)) {
    return new MonoError('DISK_FULL', `Cannot ${action} \`${path}\`: no space left on the device`, {
      details: { path, code },
      hint: 'Free some space and run the command again; what is complete is kept.',
      cause: error,
    });
  }
  if (code.startsWith('SQLITE_BUSY')) {
    return new MonoError('LOCK_TIMEOUT', `Cannot ${action} \`${path}\`: another process holds it`, {
      details: { path, code },
      hint: 'Wait until the other command has ended and run this one again.',
      cause: error,
    });
  }
  const reason = reasonOf(error);
  return new MonoError('IO_FAILED', `Cannot ${action} \`${path}\`: ${reason}`, {
    details: { path, code },
    cause: error,
  });
}

/** Returns `permission denied` of Node's `EACCES: permission denied, open '/path'`. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return /^E[A-Z0-9]+: ([^,]+)/.exec(error.message)?.[1] ?? error.message;
}

/** SQLite reports a full device as a plain I/O error where it maps a file into memory. */
function isFullInDisguise(code: string, path: string): boolean {
  if (!code.startsWith('SQLITE_IOERR')) return false;
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize < SMALLEST_USEFUL_BYTES;
  } catch {
    return false;
  }
}
