import { MonoError } from '../errors.js';
import type { ByteSource } from './bytes.js';

/** Options of {@link mapConcurrent}. */
export interface ConcurrencyOptions {
  /** how many calls may be under way at once; at least 1 */
  readonly concurrency: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Calls `fn` for every item, at most `concurrency` at a time, and returns the results in the order
 * of the items. After the first failure no further call starts; the failure is thrown once the
 * calls under way have ended, so nothing runs on behind the caller's back.
 */
export async function mapConcurrent<T, R>(
  items: Iterable<T>,
  options: ConcurrencyOptions,
  fn: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const queue = [...items].entries();
  const results: R[] = [];
  let failure: { readonly error: unknown } | undefined;
  async function work(): Promise<void> {
    for (const [index, item] of queue) {
      if (failure) return;
      try {
        throwIfAborted(options.signal);
        results[index] = await fn(item, index);
      } catch (error) {
        failure ??= { error };
      }
    }
  }
  await Promise.all(Array.from({ length: options.concurrency }, work));
  if (failure) throw failure.error;
  return results;
}

/**
 * Returns when `signal` is absent or not aborted.
 *
 * @throws {MonoError} `CANCELLED` when it is aborted
 */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new MonoError('CANCELLED', 'The operation was interrupted');
}

/**
 * Returns all bytes of `source` in one array.
 *
 * @throws {MonoError} whatever `tooLarge` returns, as soon as more than `limitBytes` have come
 */
export async function collect(
  source: ByteSource,
  limit: { readonly limitBytes: number; readonly tooLarge: () => MonoError },
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const piece of source) {
    sizeBytes += piece.length;
    if (sizeBytes > limit.limitBytes) throw limit.tooLarge();
    pieces.push(piece);
  }
  return concatBytes(pieces, sizeBytes);
}

/** Returns the concatenation of `pieces`, which are `sizeBytes` long in all. */
export function concatBytes(pieces: readonly Uint8Array[], sizeBytes: number): Uint8Array {
  const only = pieces[0];
  if (pieces.length === 1 && only) return only;
  const all = new Uint8Array(sizeBytes);
  let offset = 0;
  for (const piece of pieces) {
    all.set(piece, offset);
    offset += piece.length;
  }
  return all;
}
