/**
 * Blocks in RocksDB, which one process has open at a time (`docs/formats/rocksdb.md`).
 *
 *     'b' + block key -> bytes of the block      'p' + block key -> number of pins, u32le
 *
 * How often blocks are linked to is counted when somebody asks first, and kept in memory.
 */
import type { CID } from 'multiformats/cid';
import { MonoError } from '../../errors.js';
import { ioError } from '../../io/io-error.js';
import type { BlockBackend } from '../backends/block-backend.js';
import {
  bytesOfKey,
  cidOfKey,
  codecOfKey,
  isContentOf,
  keyFromBytes,
  keyOfCid,
  NODE_CODEC,
  type BlockKey,
} from '../block/block-id.js';
import { linkedKeys } from '../block/links-of.js';
import { markReachable, rootsAndPins } from '../gc/mark-reachable.js';
import { ReferenceCounts } from '../gc/reference-counts.js';
import { releaseSteps } from '../gc/release-block.js';
import { TurnGate } from '../gc/turn-gate.js';
import type { GcResult, Released } from '../ipld-store.js';
import { blockMissing } from '../store-errors.js';
import type { RocksDatabase, RocksOperation } from './load-rocksdb.js';

const BLOCK = 'b'.charCodeAt(0);
const PIN = 'p'.charCodeAt(0);
/** Written with each flush: a durable write makes all earlier ones durable. */
const FLUSH_MARK = Buffer.from('f');

/** Blocks in an open RocksDB database. */
export class RocksBackend implements BlockBackend {
  readonly #database: RocksDatabase;
  readonly #path: string;
  readonly #gate = new TurnGate();
  /** puts under way: equal blocks are counted once */
  readonly #putting = new Map<BlockKey, Promise<void>>();
  #counts: ReferenceCounts | undefined;

  /** Takes over `database`, which is open, in the directory `path`. */
  constructor(database: RocksDatabase, path: string) {
    this.#database = database;
    this.#path = path;
  }

  put(key: BlockKey, bytes: Uint8Array): Promise<void> {
    const running = this.#putting.get(key);
    if (running) return running;
    const copy = Uint8Array.from(bytes);
    const task = this.#gate
      .together(() => this.#putNow(key, copy))
      .finally(() => this.#putting.delete(key));
    this.#putting.set(key, task);
    return task;
  }

  async get(key: BlockKey): Promise<Uint8Array | undefined> {
    const bytes = await this.#value(BLOCK, key);
    if (!bytes || isContentOf(key, bytes)) return bytes;
    throw this.#corrupt(key);
  }

  async sizeOf(key: BlockKey): Promise<number | undefined> {
    return (await this.#value(BLOCK, key))?.length;
  }

  async countBlocks(): Promise<number> {
    let count = 0;
    for await (const key of this.#keys(BLOCK)) if (key) count += 1;
    return count;
  }

  pin(key: BlockKey): Promise<void> {
    return this.#gate.alone(async () => {
      if (!(await this.#value(BLOCK, key))) throw blockMissing(cidOfKey(key));
      const counts = await this.#loadCounts();
      counts.addPin(key);
      await this.#change(counts, [pinOf(key, counts)]);
    });
  }

  countReferences(key: BlockKey): Promise<number> {
    return this.#gate.alone(async () => (await this.#loadCounts()).of(key));
  }

  release(root: BlockKey): Promise<Released> {
    return this.#gate.alone(async () => {
      const counts = await this.#loadCounts();
      const deleted = new Set<BlockKey>();
      const steps = releaseSteps(root, {
        countReferences: (key) => counts.of(key),
        dropPin: (key) => counts.dropPin(key),
        dropLink: (key) => counts.dropLink(key),
        deleteBlock: (key) => deleted.add(key),
      });
      try {
        let step = steps.next();
        while (!step.done) {
          const key = step.value;
          const bytes = deleted.has(key) ? undefined : await this.get(key);
          step = steps.next(
            bytes && { sizeBytes: bytes.length, links: linkedKeys(cidOfKey(key), bytes) },
          );
        }
        await this.#change(counts, [pinOf(root, counts), ...[...deleted].map(deletionOf)]);
        return step.value;
      } catch (error) {
        this.#counts = undefined;
        throw error;
      }
    });
  }

  gc(
    roots: Iterable<CID> | AsyncIterable<CID>,
    options: { readonly dryRun: boolean },
  ): Promise<GcResult> {
    return this.#gate.alone(async () => {
      const unmarked = new Set<BlockKey>();
      for await (const key of this.#keys(BLOCK)) unmarked.add(key);
      const total = unmarked.size;
      await markReachable(rootsAndPins(roots, (await this.#loadCounts()).pinned()), {
        mark: markerOf(unmarked),
        readNode: (cid) => this.#readNode(cid),
      });
      let deletedBytes = 0;
      for (const key of unmarked) deletedBytes += (await this.sizeOf(key)) ?? 0;
      if (!options.dryRun && unmarked.size > 0) {
        this.#counts = undefined;
        await this.#write([...unmarked].map(deletionOf), { sync: true });
      }
      const deletedBlocks = unmarked.size;
      const keptBlocks = total - deletedBlocks;
      return { deletedBlocks, deletedBytes, keptBlocks, reclaimedBytes: deletedBytes };
    });
  }

  flush(): Promise<void> {
    return this.#gate.together(() =>
      this.#write([{ type: 'put', key: FLUSH_MARK, value: new Uint8Array(0) }], { sync: true }),
    );
  }

  async close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      await this.#gate.alone(() => this.#database.close());
    }
  }

  async #putNow(key: BlockKey, bytes: Uint8Array): Promise<void> {
    if (await this.#value(BLOCK, key)) return;
    await this.#write([{ type: 'put', key: rowKey(BLOCK, key), value: bytes }], { sync: false });
    for (const link of linkedKeys(cidOfKey(key), bytes)) this.#counts?.addLink(link);
  }

  /** Writes, durable, what goes with a change of the counts in memory; without it they are void. */
  async #change(counts: ReferenceCounts, operations: readonly RocksOperation[]): Promise<void> {
    this.#counts = undefined;
    await this.#write(operations, { sync: true });
    this.#counts = counts;
  }

  /** Nothing is put meanwhile. */
  async #loadCounts(): Promise<ReferenceCounts> {
    if (this.#counts) return this.#counts;
    const counts = new ReferenceCounts();
    for await (const key of this.#keys(PIN)) {
      const pins = Buffer.from((await this.#value(PIN, key)) ?? []);
      for (let pin = pins.readUInt32LE(0); pin > 0; pin--) counts.addPin(key);
    }
    for await (const key of this.#keys(BLOCK)) {
      if (codecOfKey(key) !== NODE_CODEC) continue;
      const bytes = await this.get(key);
      if (!bytes) continue;
      for (const link of linkedKeys(cidOfKey(key), bytes)) counts.addLink(link);
    }
    this.#counts = counts;
    return counts;
  }

  async #readNode(cid: CID): Promise<Uint8Array> {
    const key = keyOfCid(cid);
    const bytes = key === undefined ? undefined : await this.get(key);
    if (bytes) return bytes;
    throw blockMissing(cid);
  }

  async *#keys(kind: number): AsyncGenerator<BlockKey> {
    try {
      const range = { gte: Buffer.of(kind), lt: Buffer.of(kind + 1) };
      for await (const row of this.#database.keys(range)) yield keyFromBytes(row.subarray(1));
    } catch (error) {
      throw rocksError(error, 'read the store', this.#path);
    }
  }

  async #value(kind: number, key: BlockKey): Promise<Uint8Array | undefined> {
    try {
      const [value] = await this.#database.getMany([rowKey(kind, key)]);
      return value && new Uint8Array(value.buffer, value.byteOffset, value.length);
    } catch (error) {
      throw rocksError(error, 'read the store', this.#path);
    }
  }

  async #write(
    operations: readonly RocksOperation[],
    options: { readonly sync: boolean },
  ): Promise<void> {
    try {
      await this.#database.batch(operations, options);
    } catch (error) {
      throw rocksError(error, 'write to the store', this.#path);
    }
  }

  #corrupt(key: BlockKey): MonoError {
    const cid = cidOfKey(key).toString();
    const message = `Cannot read block \`${cid}\`: the store \`${this.#path}\` has other bytes`;
    return new MonoError('STORE_BLOCK_CORRUPT', message, { details: { cid, path: this.#path } });
  }
}

/** Returns a failure of RocksDB, which tells a full device by its message alone, as a `MonoError`. */
export function rocksError(error: unknown, action: string, path: string): MonoError {
  const isFull = error instanceof Error && /no space left/i.test(error.message);
  if (!isFull) return ioError(error, action, path);
  return ioError(Object.assign(new Error(error.message), { code: 'ENOSPC' }), action, path);
}

function markerOf(unmarked: Set<BlockKey>): (key: BlockKey) => 'marked' | 'before' | 'absent' {
  const live = new Set<BlockKey>();
  return (key) => {
    if (live.has(key)) return 'before';
    if (!unmarked.delete(key)) return 'absent';
    live.add(key);
    return 'marked';
  };
}

function pinOf(key: BlockKey, counts: ReferenceCounts): RocksOperation {
  const pins = counts.pinsOf(key);
  if (pins === 0) return { type: 'del', key: rowKey(PIN, key) };
  const value = Buffer.alloc(4);
  value.writeUInt32LE(pins);
  return { type: 'put', key: rowKey(PIN, key), value };
}

function deletionOf(key: BlockKey): RocksOperation {
  return { type: 'del', key: rowKey(BLOCK, key) };
}

function rowKey(kind: number, key: BlockKey): Buffer {
  return Buffer.concat([Buffer.of(kind), bytesOfKey(key)]);
}
