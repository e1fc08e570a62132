import { constants, type BigIntStats } from 'node:fs';
import { open, readlink, type FileHandle } from 'node:fs/promises';
import type { CID } from 'multiformats/cid';
import { byteStringFromBytes, type ByteString } from '../../base/bytes.js';
import type { BytesWriter } from '../../store/ipld-store.js';
import type { Attributes, LeafEntry } from '../entry.js';
import { changedMeanwhile, isRace } from './host-entry.js';
import { deviceIn, isUnchanged, kindOf } from './host-stat.js';

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** Does not wait for a writer if a FIFO has taken the place of a file. */
const OPEN_FILE = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;

/** How much of a file is read at a time, in `bytes`. */
const PIECE_BYTES = 256 * 1024;

/** A name of the host that is no directory. */
export interface HostLeaf {
  /** for messages */
  readonly path: ByteString;
  /** name below the descriptor of its directory */
  readonly place: Buffer;
  readonly status: BigIntStats;
  readonly attributes: Attributes;
}

/**
 * Returns the entry of a name, with the content of a file stored. Nothing but regular files is opened.
 *
 * @throws {MonoError} `FS_CHANGED` when it is not, or does not stay, what `status` says; as `putBytes`
 */
export async function readHostLeaf(store: BytesWriter, leaf: HostLeaf): Promise<LeafEntry> {
  const { attributes, path, place, status } = leaf;
  const kind = kindOf(status);
  switch (kind) {
    case 'file':
      return { kind, ...attributes, ...(await storeContent(store, leaf)) };
    case 'symlink': {
      const target = await readlink(place, { encoding: 'buffer' });
      return { kind, ...attributes, target: byteStringFromBytes(target) };
    }
    case 'characterDevice':
    case 'blockDevice':
      return { kind, ...attributes, ...deviceIn(status) };
    case 'fifo':
    case 'socket':
      return { kind, ...attributes };
    case 'directory':
      throw changedMeanwhile(path);
  }
}

async function storeContent(
  store: BytesWriter,
  { path, place, status }: HostLeaf,
): Promise<{ readonly content: CID; readonly sizeBytes: number }> {
  const handle = await open(place, OPEN_FILE).catch((error: unknown) => {
    throw isRace(error) ? changedMeanwhile(path, error) : error;
  });
  try {
    const before = await handle.stat({ bigint: true });
    const isSame = before.isFile() && before.ino === status.ino && before.dev === status.dev;
    if (!isSame || !isUnchanged(status, before)) throw changedMeanwhile(path);
    const { cid, sizeBytes } = await store.putBytes(contentOf(handle, Number(before.size)));
    const after = await handle.stat({ bigint: true });
    if (BigInt(sizeBytes) !== before.size || !isUnchanged(before, after)) {
      throw changedMeanwhile(path);
    }
    return { content: cid, sizeBytes };
  } finally {
    await handle.close();
  }
}

/** Reads one byte more than the file is said to have, so that growth shows and never goes on. */
async function* contentOf(handle: FileHandle, sizeBytes: number): AsyncGenerator<Uint8Array> {
  let left = sizeBytes + 1;
  while (left > 0) {
    const piece = new Uint8Array(Math.min(left, PIECE_BYTES));
    const { bytesRead } = await handle.read(piece, 0, piece.length);
    if (bytesRead === 0) return;
    left -= bytesRead;
    yield piece.subarray(0, bytesRead);
  }
}
