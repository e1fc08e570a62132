/*
 * One job on a store, in a process of its own so that its time and memory can be measured.
 * usage: store-worker.ts chunk CHUNKER MIB | put STORE FILE | blocks KIND STORE COUNT
 *        | get STORE COUNT | gc STORE COUNT | index STORE | stream STORE MIB
 */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { fastCdc } from '../../src/lib/store/chunkers/fast-cdc.js';
import { gearCdc } from '../../src/lib/store/chunkers/gear-cdc.js';
import type { Chunker } from '../../src/lib/store/chunkers/chunker.js';
import { FlatFsStore } from '../../src/lib/store/backends/flat-fs-store.js';
import { MemoryStore } from '../../src/lib/store/backends/memory-store.js';
import { PackedFsStore } from '../../src/lib/store/backends/packed-fs-store.js';
import { cidOf, RAW_CODEC } from '../../src/lib/store/block/block-id.js';
import type { IpldStore } from '../../src/lib/store/ipld-store.js';
import { PackIndex } from '../../src/lib/store/pack/pack-index.js';

const KIB = 1024;
const SIZES = { minBytes: 32 * KIB, targetBytes: 128 * KIB, maxBytes: 512 * KIB };
const BLOCK_BYTES = 4 * KIB;

const jobs: Readonly<Record<string, (...args: string[]) => Promise<void>>> = {
  async chunk(name, mib) {
    const source = uniquePieces(Number(mib));
    const chunks = name === 'nothing' ? source : chunkerNamed(name)(source);
    for await (const chunk of chunks) if (chunk.length === 0) throw new Error('an empty chunk');
  },
  async put(path, file) {
    const store = await PackedFsStore.open({ path: path });
    await store.putBytes(createReadStream(file, { highWaterMark: 1024 * KIB }));
    await store.close();
  },
  async blocks(kind, path, count) {
    const store = await openStore(kind, path);
    for (let index = 0; index < Number(count); index++) await store.putRawBlock(blockOf(index));
    await store.close();
  },
  async get(path, count) {
    const store = await PackedFsStore.open({ path: path, readOnly: true });
    for (const index of shuffled(Number(count))) {
      await store.getBlock(cidOf(RAW_CODEC, blockOf(index)));
    }
    await store.close();
  },
  async gc(path, count) {
    const store = await PackedFsStore.open({ path: path });
    await store.gc(rootsAmong(Number(count)));
    await store.close();
  },
  async index(path) {
    const index = new PackIndex(join(path, 'index.db'));
    let count = 0;
    for (const row of index.rowsByKey()) count += row.size > 0 ? 1 : 0;
    index.close();
    if (count === 0) throw new Error('an empty index');
    await Promise.resolve();
  },
  async stream(path, mib) {
    const store = await PackedFsStore.open({ path: path });
    await store.putBytes(uniquePieces(Number(mib)));
    await store.close();
  },
};

const [name, ...args] = process.argv.slice(2);
await jobs[name!]!(...args);

function chunkerNamed(name: string): Chunker {
  if (name === 'gear-cdc') return gearCdc(SIZES);
  return fastCdc(name === 'fast-cdc' ? SIZES : { ...SIZES, alignBytes: 4 * KIB });
}

function openStore(kind: string, path: string): Promise<IpldStore> {
  if (kind === 'packed') return PackedFsStore.open({ path });
  return kind === 'flat' ? FlatFsStore.open({ path }) : Promise.resolve(new MemoryStore());
}

/** Yields `mib` MiB in pieces of 64 KiB; the words of each piece depend on its number. */
function* uniquePieces(mib: number): Generator<Uint8Array> {
  for (let piece = 0; piece < mib * 16; piece++) yield noise(64 * KIB, piece);
}

function blockOf(index: number): Uint8Array {
  return noise(BLOCK_BYTES, index);
}

/** Bytes that depend on `seed` alone (xorshift32 over a seed that is never 0). */
function noise(sizeBytes: number, seed: number): Uint8Array {
  const words = new Uint32Array(sizeBytes / 4);
  let word = Math.imul(seed + 1, 0x9e3779b1) || 1;
  for (let index = 0; index < words.length; index++) {
    word ^= word << 13;
    word ^= word >>> 17;
    word ^= word << 5;
    words[index] = word;
  }
  return new Uint8Array(words.buffer);
}

function shuffled(count: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  const random = new Uint32Array(noise(4 * Math.max(count, 1), count).buffer);
  for (let index = count - 1; index > 0; index--) {
    const other = random[index]! % (index + 1);
    [order[index], order[other]] = [order[other]!, order[index]!];
  }
  return order;
}

function* rootsAmong(count: number) {
  for (let index = 0; index < count; index++) {
    if (index % 10 > 0) yield cidOf(RAW_CODEC, blockOf(index));
  }
}
