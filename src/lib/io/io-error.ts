import { isMonoError, MonoError } from '../errors.js';

const FULL = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL']);

/**
 * Returns `error`, raised while doing `action` to `path`, as a `MonoError`: `DISK_FULL` when space
 * ran out, `IO_FAILED` otherwise. A `MonoError` is returned as it is.
 *
 * @param action a verb in the infinitive and its object, such as `write the pack`
 */
export function ioError(error: unknown, action: string, path: string): MonoError {
  if (isMonoError(error)) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  if (FULL.has(code)) {
    return new MonoError('DISK_FULL', `Cannot ${action} \`${path}\`: no space left on the device`, {
      details: { path, code },
      hint: 'Free some space and run the command again; what is complete is kept.',
      cause: error,
    });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new MonoError('IO_FAILED', `Cannot ${action} \`${path}\`: ${reason}`, {
    details: { path, code },
    cause: error,
  });
}
