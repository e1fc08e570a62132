/*
 * One job on a store, in a process of its own so that its time and memory can be measured.
 * usage: store-worker.ts chunk CHUNKER MIB | put STORE FILE | blocks KIND STORE COUNT
 *        | get STORE COUNT | look-up STORE COUNT | names COUNT | linked STORE COUNT ROOT-FILE
 *        | gc STORE ROOT-FILE | index STORE | stream STORE MIB | tree STORE DIRECTORY COMPRESSION
 */
import {
  closeSync,
  createReadStream,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { CID } from 'multiformats/cid';
import { importDirectory } from '../../src/lib/fs/import/import-directory.js';
import { FlatFsStore } from '../../src/lib/store/backends/flat-fs-store.js';
import { MemoryStore } from '../../src/lib/store/backends/memory-store.js';
import { PackedFsStore } from '../../src/lib/store/backends/packed-fs-store.js';
import { hashOf, keyFromHash, cidOf, RAW_CODEC } from '../../src/lib/store/block/block-id.js';
import type { Chunker } from '../../src/lib/store/chunkers/chunker.js';
import { fastCdc } from '../../src/lib/store/chunkers/fast-cdc.js';
import { gearCdc } from '../../src/lib/store/chunkers/gear-cdc.js';
import type { Compression } from '../../src/lib/store/compression/encode-block.js';
import type { IpldStore } from '../../src/lib/store/ipld-store.js';
import { PackIndex } from '../../src/lib/store/pack/index/pack-index.js';
import { BLOCK_BYTES, blockOf, shuffled, uniquePieces } from './noise.js';

const KIB = 1024;
/** As many as a layout node has. */
const LINKS_PER_NODE = 256;
const SIZES = { minBytes: 32 * KIB, targetBytes: 128 * KIB, maxBytes: 512 * KIB };

const jobs: Readonly<Record<string, (...args: string[]) => Promise<void> | void>> = {
  async chunk(name, mib) {
    const source = uniquePieces(Number(mib));
    const chunks = name === 'nothing' ? source : chunkerNamed(name)(source);
    for await (const chunk of chunks) if (chunk.length === 0) throw new Error('an empty chunk');
  },
  async put(path, file) {
    const store = await PackedFsStore.open({ path });
    await store.putBytes(createReadStream(file, { highWaterMark: 1024 * KIB }));
    await store.close();
  },
  async blocks(kind, path, count) {
    const store = await openStore(kind, path);
    for (let index = 0; index < Number(count); index++) await store.putRawBlock(blockOf(index));
    await store.close();
  },
  async get(path, count) {
    const store = await PackedFsStore.open({ path, readOnly: true });
    for (const index of shuffled(Number(count))) {
      await store.getBlock(cidOf(RAW_CODEC, blockOf(index)));
    }
    await store.close();
  },
  'look-up'(path, count) {
    const index = new PackIndex(join(path, 'index.db'));
    const packs = openPacks(path, index);
    const buffer = Buffer.alloc(BLOCK_BYTES);
    for (const number of shuffled(Number(count))) {
      const key = keyFromHash(RAW_CODEC, hashOf(blockOf(number)));
      const row = index.blocks.find(key);
      if (!row) throw new Error('a block is missing');
      readSync(packs.get(row.pack)!, buffer, 0, row.stored, row.offset);
      if (keyFromHash(RAW_CODEC, hashOf(buffer)) !== key) throw new Error('a wrong block');
    }
    for (const descriptor of packs.values()) closeSync(descriptor);
    index.close();
  },
  names(count) {
    for (const index of shuffled(Number(count))) cidOf(RAW_CODEC, blockOf(index));
  },
  async linked(path, count, rootFile) {
    const store = await PackedFsStore.open({ path });
    const groups: CID[] = [];
    let group: CID[] = [];
    for (let index = 0; index < Number(count); index++) {
      const cid = await store.putRawBlock(blockOf(index));
      if (index % 10 > 0) group.push(cid);
      if (group.length < LINKS_PER_NODE && index < Number(count) - 1) continue;
      groups.push(await store.putNode(group));
      group = [];
    }
    writeFileSync(rootFile, String(await store.putNode(groups)));
    await store.close();
  },
  async gc(path, rootFile) {
    const store = await PackedFsStore.open({ path });
    const { deletedBlocks } = await store.gc([CID.parse(readFileSync(rootFile, 'utf8'))]);
    if (deletedBlocks === 0) throw new Error('nothing was collected');
    await store.close();
  },
  index(path) {
    const index = new PackIndex(join(path, 'index.db'));
    let count = 0;
    for (const row of index.blocks.all()) count += row.size > 0 ? 1 : 0;
    index.close();
    if (count === 0) throw new Error('an empty index');
  },
  async stream(path, mib) {
    const store = await PackedFsStore.open({ path });
    const { sizeBytes } = await store.putBytes(uniquePieces(Number(mib)));
    if (sizeBytes !== Number(mib) * KIB * KIB) throw new Error('a wrong length');
    await store.close();
  },
  async tree(path, directory, compression) {
    const store = await PackedFsStore.open({ path, compression: compression as Compression });
    await importDirectory(store, { path: directory });
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

/** Returns a descriptor for the number of each pack. */
function openPacks(path: string, index: PackIndex): Map<number, number> {
  const names = readdirSync(join(path, 'packs'));
  return new Map(
    index.packs.all().map(({ pack, id }) => {
      const name = names.find((each) => each.startsWith(id))!;
      return [pack, openSync(join(path, 'packs', name), 'r')];
    }),
  );
}
