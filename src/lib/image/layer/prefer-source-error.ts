import type { ByteSource } from '../../base/bytes.js';
import { iterateBytes, type ByteIterator } from '../tar/iterate-bytes.js';
import { LayerFault } from '../tar/layer-fault.js';

/**
 * Calls `read` with `source` and returns what it returns. When `read` finds a fault in the bytes, the
 * rest of `source` is read first: a source that verifies itself then throws its own error in place of
 * the fault. "The download is damaged" and "the image is broken" call for different action, and only
 * the end of the stream tells them apart.
 *
 * `source` is closed in any case, and only when `read` has ended.
 */
export async function preferSourceError<T>(
  source: ByteSource,
  read: (source: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  const pieces = iterateBytes(source);
  // Without `return`: leaving it early does not end the source.
  const lent = { [Symbol.asyncIterator]: () => ({ next: async () => pieces.next() }) };
  try {
    return await read(lent);
  } catch (error) {
    if (error instanceof LayerFault) await drain(pieces);
    throw error;
  } finally {
    await pieces.return?.();
  }
}

async function drain(pieces: ByteIterator): Promise<void> {
  while (!(await pieces.next()).done);
}
