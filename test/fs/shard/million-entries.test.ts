import { encode } from '@ipld/dag-cbor';
import { CID } from 'multiformats/cid';
import { create } from 'multiformats/hashes/digest';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ByteString } from '../../../src/lib/base/bytes.js';
import type { TreeEntry } from '../../../src/lib/fs/entry.js';
import { compareBytes } from '../../../src/lib/fs/path.js';
import { hashOfKey } from '../../../src/lib/fs/shard/key-hash.js';
import { isLeaf } from '../../../src/lib/fs/shard/shard-build.js';
import { diffShardMaps } from '../../../src/lib/fs/shard/shard-diff.js';
import { encodeBranch, encodeLeaf } from '../../../src/lib/fs/shard/shard-node.js';
import { getShardValue } from '../../../src/lib/fs/shard/shard-read.js';
import { updateShardMap } from '../../../src/lib/fs/shard/shard-update.js';
import { getDirectoryEntry, TREE_DIRECTORY } from '../../../src/lib/fs/tree/directory.js';
import type { EncodedNodeReader } from '../../../src/lib/fs/node/node-store.js';
import type { NodeWriter } from '../../../src/lib/store/ipld-store.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import { CountingStore } from '../support/counting-store.js';
import { fileOf } from '../support/trees.js';

const ENTRIES = 1_000_000;
/** Sixteen children a branch, and at most some 140 entries a leaf. */
const LEVELS = 5;

/** Below this depth there are few enough entries for a leaf. */
const BUCKET_DEPTH = 4;

/**
 * A directory of a million entries whose nodes are made when they are read, with the counts, weights
 * and places of the real ones. Nodes have their place for a hash.
 */
class MillionStore implements EncodedNodeReader, NodeWriter {
  readonly root = cidOf('');
  readonly #file: TreeEntry;
  readonly #buckets: number[][] = Array.from({ length: 16 ** BUCKET_DEPTH }, () => []);
  readonly #written: unknown[] = [];

  constructor(file: TreeEntry) {
    this.#file = file;
    for (let index = 0; index < ENTRIES; index++) {
      const digits = hashOfKey(nameOf(index)).slice(0, BUCKET_DEPTH);
      this.#buckets[Number.parseInt(digits, 16)]!.push(index);
    }
  }

  putNode(value: unknown): Promise<CID> {
    return Promise.resolve(cidOf(`w${this.#written.push(value)}`));
  }

  async getBlock(cid: CID): Promise<Uint8Array> {
    return encode(await this.getNode(cid));
  }

  getNode(cid: CID): Promise<unknown> {
    const place = Buffer.from(cid.multihash.digest).toString('latin1').replaceAll('\0', '');
    const isWritten = place.startsWith('w');
    return Promise.resolve(
      isWritten ? this.#written[Number(place.slice(1)) - 1] : this.#nodeAt(place),
    );
  }

  #nodeAt(prefix: string): unknown {
    if (isLeaf(this.#sizeOf(prefix), prefix.length)) {
      const names = this.#below(prefix).flat().map(nameOf).sort(compareBytes);
      return encodeLeaf(
        TREE_DIRECTORY,
        names.map((key) => ({ key, value: this.#file })),
      );
    }
    return encodeBranch(
      Array.from('0123456789abcdef', (digit) => {
        const place = `${prefix}${digit}`;
        return { cid: cidOf(place), ...this.#sizeOf(place) };
      }),
    );
  }

  #sizeOf(prefix: string): { readonly count: number; readonly weight: number } {
    const count = this.#below(prefix).reduce((sum, bucket) => sum + bucket.length, 0);
    return { count, weight: count * TREE_DIRECTORY.weigh(nameOf(0), this.#file) };
  }

  #below(prefix: string): number[][] {
    const width = 16 ** (BUCKET_DEPTH - prefix.length);
    const first = Number.parseInt(prefix || '0', 16) * width;
    return this.#buckets.slice(first, first + width);
  }
}

function cidOf(place: string): CID {
  const hash = Buffer.alloc(32);
  hash.write(place, 'latin1');
  return CID.createV1(0x71, create(0x12, hash));
}

describe('a directory of a million entries', () => {
  let file: TreeEntry;
  let entries: CID;
  let store: CountingStore;

  beforeAll(async () => {
    file = await fileOf(new MemoryStore(), 'content');
    const million = new MillionStore(file);
    entries = million.root;
    store = new CountingStore(million);
  }, 60_000);

  it('is looked up by reading one node a level', async () => {
    for (const index of [0, 4711, ENTRIES - 1]) {
      store.reset();
      const found = await getDirectoryEntry(store, { entries }, nameOf(index));
      expect(found).toEqual(file);
      expect(store.reads.length).toBeLessThanOrEqual(LEVELS);
    }

    store.reset();
    const missing = await getDirectoryEntry(store, { entries }, nameOf(ENTRIES));

    expect(missing).toBeUndefined();
    expect(store.reads.length).toBeLessThanOrEqual(LEVELS);
  });

  it.each([
    { change: 'changed', index: 4711, mode: 0o600 },
    { change: 'added', index: ENTRIES, mode: 0o600 },
    { change: 'removed', index: 4711, mode: undefined },
  ])('has an entry $change by reading and writing one node a level', async ({ index, mode }) => {
    store.reset();
    const value = mode === undefined ? undefined : { ...file, mode };
    const after = await updateShardMap(store, entries, {
      codec: TREE_DIRECTORY,
      keys: [nameOf(index)],
      resolve: () => value as TreeEntry | undefined,
    });

    expect(store.reads.length).toBeLessThanOrEqual(LEVELS);
    expect(store.writes.length).toBeLessThanOrEqual(LEVELS);
    store.reset();
    const [difference, ...others] = await diffShardMaps(store, TREE_DIRECTORY, {
      before: entries,
      after,
    });
    expect(difference).toMatchObject({ key: nameOf(index) });
    expect(others).toEqual([]);
    expect(store.reads.length).toBeLessThanOrEqual(2 * LEVELS);
    const source = { cid: after, codec: TREE_DIRECTORY };
    expect(await getShardValue(store, source, nameOf(index))).toEqual(value);
  });
});

function nameOf(index: number): ByteString {
  return `entry-${String(index).padStart(7, '0')}` as ByteString;
}
