import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { CID } from 'multiformats/cid';
import type { ByteSource } from '../../base/bytes.js';
import { invariant } from '../../errors.js';
import type { BytesWriter } from '../../store/ipld-store.js';

/** How many pieces whoever reads may be ahead of the store: they are held in memory. */
const PIECES_AHEAD = 4;

/** What was read, and the content that it was read from. */
export interface KeptReading<T> {
  readonly value: T;
  readonly content: CID;
}

/**
 * Stores `blob` while `read` reads it to its end. When `read` fails, so does this, and no root is
 * stored. Pieces of `blob` must not be reused.
 *
 * @throws what `read`, `blob` and `putBytes` throw
 */
export async function keepWhileRead<T>(
  store: Pick<BytesWriter, 'putBytes'>,
  blob: ByteSource,
  read: (blob: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<KeptReading<T>> {
  const copy = new PassThrough({ objectMode: true, highWaterMark: PIECES_AHEAD });
  const stored = store.putBytes(copy);
  // Told to whoever waits for `stored`; the stream itself has nobody who listens before that.
  stored.catch(() => undefined);
  copy.on('error', () => undefined);
  let isWhole = false;
  async function* copied(): AsyncGenerator<Uint8Array> {
    for await (const piece of blob) {
      const isRoom = !copy.destroyed && copy.write(piece);
      if (!isRoom) await Promise.race([once(copy, 'drain'), stored]);
      yield piece;
    }
    isWhole = true;
  }
  try {
    const value = await read(copied());
    invariant(isWhole, 'a blob that is kept was not read to its end');
    copy.end();
    return { value, content: (await stored).cid };
  } catch (error) {
    copy.destroy(error instanceof Error ? error : undefined);
    await stored.catch(() => undefined);
    throw error;
  }
}
