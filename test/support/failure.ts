import { isMonoError, type MonoError } from '../../src/lib/errors.js';

/** Returns the `MonoError` that `action` throws; fails when it throws none or another error. */
export function failureOf(action: () => unknown): MonoError {
  try {
    action();
  } catch (error) {
    return asMonoError(error);
  }
  throw new Error('expected a MonoError, but nothing was thrown');
}

/** Returns the `MonoError` that `promise` rejects with; fails when it does not. */
export async function rejectionOf(promise: Promise<unknown>): Promise<MonoError> {
  const error = await promise.then(
    () => new Error('expected a MonoError, but nothing was thrown'),
    (reason: unknown) => reason,
  );
  return asMonoError(error);
}

function asMonoError(error: unknown): MonoError {
  if (isMonoError(error)) return error;
  throw new Error(`expected a MonoError, got ${String(error)}`, { cause: error });
}
