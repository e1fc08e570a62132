/**
 * Many short blocks out of packs: those that lie near each other come with one read, and are hashed
 * with one trip to the thread pool while the next ones are read.
 */
import type { HashEach } from '../../io/native/hash-each.js';
import { codecOfKey, keyFromHash, type BlockKey } from '../block/block-id.js';
import { ENCODING } from '../compression/encode-block.js';
import { MAX_BLOCK_BYTES } from '../limits.js';
import type { BlockRow, BlockTable } from './index/block-table.js';
import type { PackReader } from './pack-reader.js';

/** Length of a read in `bytes`: any block fits. */
const WINDOW_BYTES = MAX_BLOCK_BYTES;
/** What may lie between two blocks of a read, in `bytes`: as quickly read over as begun anew. */
const MAX_GAP_BYTES = 64 * 1024;

/** An offset in a pack and a position in a request share a number that is exact. */
const MAX_POSITIONS = 2 ** 21;
const MAX_OFFSET = 2 ** 32;

/** What is read and who takes it. */
export interface BulkRequest {
  readonly keys: readonly BlockKey[];
  /** gets each block with its position in `keys`; the bytes stay as they are until it returns */
  readonly take: (bytes: Uint8Array, position: number) => void;
}

/** What reading in bulk works with. */
export interface BulkSources {
  readonly blocks: Pick<BlockTable, 'findAll'>;
  readonly reader: Pick<PackReader, 'readInto'>;
  readonly hashEach: HashEach;
}

/** Blocks that come with one read. */
interface Run {
  readonly pack: number;
  readonly offset: number;
  endOffset: number;
  /** where the blocks stand in the request */
  readonly positions: number[];
}

/**
 * Gives to `take` all blocks that are durable, not compressed, and unharmed; returns the positions of the others.
 *
 * @throws {MonoError} `IO_FAILED`
 */
export async function readRuns(
  { keys, take }: BulkRequest,
  { blocks, reader, hashEach }: BulkSources,
): Promise<number[]> {
  const left: number[] = [];
  const rows = blocks.findAll(keys);
  const buffers = [new Uint8Array(WINDOW_BYTES), new Uint8Array(WINDOW_BYTES)] as const;
  let giving: Promise<void> = Promise.resolve();
  let turn = 0;
  for (const run of runsOf(rows, left)) {
    const window = buffers[turn++ % 2 === 0 ? 0 : 1].subarray(0, run.endOffset - run.offset);
    if (!reader.readInto(window, run)) {
      left.push(...run.positions);
      continue;
    }
    await giving;
    giving = give(run, window);
    // Whoever waits for it next sees the failure.
    giving.catch(() => undefined);
  }
  await giving;
  return left;

  async function give({ positions, offset }: Run, window: Uint8Array): Promise<void> {
    const contents = positions.map((position) => {
      const row = rows[position] as BlockRow;
      return window.subarray(row.offset - offset, row.offset - offset + row.stored);
    });
    const hashes = await hashEach(contents);
    for (const [at, position] of positions.entries()) {
      const [content, hash, key] = [contents[at], hashes[at], keys[position]];
      const isIntact = content && hash && key && keyFromHash(codecOfKey(key), hash) === key;
      if (isIntact) take(content, position);
      else left.push(position);
    }
  }
}

/** Puts the blocks in the order in which they lie and yields runs; positions of others go to `left`. */
function* runsOf(rows: readonly (BlockRow | undefined)[], left: number[]): Iterable<Run> {
  for (const positions of inPackOrder(rows, left)) {
    let run: Run | undefined;
    for (const position of positions) {
      const row = rows[position] as BlockRow;
      if (!run || !isNear(run, row)) {
        if (run) yield run;
        run = { pack: row.pack, offset: row.offset, endOffset: row.offset, positions: [] };
      }
      run.positions.push(position);
      run.endOffset = Math.max(run.endOffset, row.offset + row.stored);
    }
    if (run) yield run;
  }
}

/** Returns the positions of what each pack has, in the order of their offsets. */
function inPackOrder(rows: readonly (BlockRow | undefined)[], left: number[]): Float64Array[] {
  const ranks = new Map<number, number[]>();
  for (const [position, row] of rows.entries()) {
    if (!row || !isForRuns(row) || position >= MAX_POSITIONS) {
      left.push(position);
      continue;
    }
    const known = ranks.get(row.pack);
    const rank = row.offset * MAX_POSITIONS + position;
    if (known) known.push(rank);
    else ranks.set(row.pack, [rank]);
  }
  return Array.from(ranks.values(), (packRanks) =>
    Float64Array.from(packRanks)
      .sort()
      .map((rank) => rank % MAX_POSITIONS),
  );
}

function isForRuns({ encoding, stored, offset }: BlockRow): boolean {
  return encoding === ENCODING.plain && stored <= WINDOW_BYTES && offset < MAX_OFFSET;
}

function isNear(run: Run, { offset, stored }: BlockRow): boolean {
  return offset - run.endOffset <= MAX_GAP_BYTES && offset + stored - run.offset <= WINDOW_BYTES;
}
