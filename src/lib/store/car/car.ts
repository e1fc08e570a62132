/**
 * CAR files (content-addressable archives, version 1): how a root and everything below it leaves one
 * store and enters another, or any other IPLD tool.
 *
 * @see https://ipld.io/specs/transport/car/carv1/
 */
import { CarBlockIterator, CarWriter } from '@ipld/car';
import type { CID } from 'multiformats/cid';
import type { ByteSource } from '../../base/bytes.js';
import { isMonoError, MonoError } from '../../errors.js';
import { keyOfCid, type BlockKey } from '../block/block-id.js';
import { limitCarSections } from './car-sections.js';
import type { BlockImporter, BlockReader } from '../ipld-store.js';
import { linksOf } from '../block/links-of.js';
import { MAX_BLOCK_BYTES } from '../limits.js';

/** Roots that a CAR file may have: far more than any archive of versions, and a bound for its header. */
const MAX_ROOTS = 1_000;

/** What an import brought. */
export interface ImportedCar {
  readonly roots: readonly CID[];
  readonly blocks: number;
}

/**
 * Yields the CAR file of `roots` with every block below them, each once, parents first. Equal roots
 * give equal bytes.
 *
 * @throws {MonoError} `STORE_BLOCK_MISSING`, `STORE_BLOCK_CORRUPT`, `STORE_NODE_INVALID`
 */
export async function* exportCar(
  blocks: Pick<BlockReader, 'getBlock'>,
  roots: readonly CID[],
): AsyncGenerator<Uint8Array> {
  const { writer, out } = CarWriter.create([...roots]);
  const writing = writeBlocks(blocks, roots, writer);
  const failed = new Promise<never>((_resolve, reject) => {
    writing.catch(reject);
  });
  const pieces = out[Symbol.asyncIterator]();
  for (;;) {
    const next = await Promise.race([pieces.next(), failed]);
    if (next.done === true) return;
    yield next.value;
  }
}

/**
 * Stores the blocks of a CAR file, each checked against its CID, and returns its roots, below which
 * the store then has everything. Nothing points to what a failed import has stored: the next
 * collection deletes it.
 *
 * @throws {MonoError} `CAR_INVALID` when the file is malformed, ends early or lacks a block;
 *   `STORE_CODEC_MISMATCH`, `STORE_BLOCK_CORRUPT`, `STORE_NODE_INVALID`, `STORE_BLOCK_TOO_LARGE`.
 *   What `source` throws is rethrown as it is
 */
export async function importCar(
  source: ByteSource,
  store: BlockImporter & BlockReader,
): Promise<ImportedCar> {
  let blocks = 0;
  const input = new CarInput(source);
  const limited = limitCarSections(input.pieces(), MAX_BLOCK_BYTES);
  const car = await input.attempt(() => CarBlockIterator.fromIterable(limited));
  const roots = await car.getRoots();
  if (car.version !== 1) throw carInvalid(`its version is ${car.version}, known is 1`);
  if (roots.length > MAX_ROOTS) throw carInvalid(`it has more than ${MAX_ROOTS} roots`);
  const iterator = car[Symbol.asyncIterator]();
  for (;;) {
    const next = await input.attempt(() => iterator.next());
    if (next.done === true) break;
    await store.putBlock(next.value.cid, next.value.bytes);
    blocks += 1;
  }
  for await (const { cid, bytes } of blocksBelow(store, roots)) {
    if (bytes === undefined) throw carInvalid(`it lacks block \`${cid.toString()}\``);
  }
  return { roots, blocks };
}

async function writeBlocks(
  blocks: Pick<BlockReader, 'getBlock'>,
  roots: readonly CID[],
  writer: Pick<CarWriter, 'put' | 'close'>,
): Promise<void> {
  for await (const { cid, bytes } of blocksBelow(blocks, roots)) {
    await writer.put({ cid, bytes: bytes ?? (await blocks.getBlock(cid)) });
  }
  await writer.close();
}

/** Yields the blocks that roots reach, each once; without bytes what the store does not have. */
async function* blocksBelow(
  blocks: Pick<BlockReader, 'getBlock'>,
  roots: readonly CID[],
): AsyncGenerator<{ readonly cid: CID; readonly bytes: Uint8Array | undefined }> {
  const seen = new Set<BlockKey>();
  const pending = [...roots].reverse();
  for (let cid = pending.pop(); cid; cid = pending.pop()) {
    const key = keyOfCid(cid);
    if (key !== undefined && seen.has(key)) continue;
    if (key !== undefined) seen.add(key);
    const bytes = await readIfPresent(blocks, cid);
    yield { cid, bytes };
    if (bytes) pending.push(...linksOf(cid, bytes).reverse());
  }
}

async function readIfPresent(
  blocks: Pick<BlockReader, 'getBlock'>,
  cid: CID,
): Promise<Uint8Array | undefined> {
  try {
    return await blocks.getBlock(cid);
  } catch (error) {
    if (isMonoError(error, 'STORE_BLOCK_MISSING')) return undefined;
    throw error;
  }
}

/** Tells failures of the source from those of what it says. */
class CarInput {
  readonly #source: ByteSource;
  #failure: { readonly error: unknown } | undefined;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  async *pieces(): AsyncGenerator<Uint8Array> {
    try {
      yield* this.#source;
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }

  async attempt<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      if (this.#failure) throw this.#failure.error;
      if (isMonoError(error)) throw error;
      throw carInvalid('it is malformed or ends early', error);
    }
  }
}

function carInvalid(state: string, cause?: unknown): MonoError {
  return new MonoError('CAR_INVALID', `Cannot read the CAR file: ${state}`, { cause });
}
