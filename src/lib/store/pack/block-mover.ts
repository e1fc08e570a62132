import type { BlockKey } from '../block/block-id.js';
import { PACK_VERSION, type PackKind } from './pack-format.js';
import type { PackIndex } from './index/pack-index.js';
import { createPack } from './pack-opener.js';
import { PackWriter } from './pack-writer.js';
import type { PackedBlock } from './packed-block.js';
import type { WritablePacks } from './writable-packs.js';

/** How many moved blocks are committed together: bounds what is kept in memory about them. */
const MOVES_PER_COMMIT = 10_000;

/**
 * Copies blocks to new packs and then points their rows there, batch by batch. Whenever the process
 * dies, each row points to a durable copy, the old one or the new one.
 */
export class BlockMover {
  readonly #index: PackIndex;
  readonly #writers: Readonly<Record<PackKind, PackWriter>>;
  #moves = 0;

  constructor(options: WritablePacks) {
    this.#index = options.index;
    this.#writers = { data: createWriter(options, 'data'), node: createWriter(options, 'node') };
  }

  /** Copies a block as it is stored; its row follows with one of the next calls. */
  async move(kind: PackKind, key: BlockKey, block: PackedBlock): Promise<void> {
    const writer = this.#writers[kind];
    while (!writer.hasRoomFor(block.stored.length)) await writer.makeRoom();
    writer.append(key, block);
    this.#moves += 1;
    if (this.#moves % MOVES_PER_COMMIT > 0) return;
    for (const each of Object.values(this.#writers)) {
      this.#index.moveSegments(await each.syncWritten());
    }
  }

  /** Makes every copy durable and every row follow. */
  async finish(): Promise<void> {
    for (const writer of Object.values(this.#writers)) {
      this.#index.moveSegments(await writer.drain());
    }
  }

  /** Closes the new packs. */
  async close(): Promise<void> {
    for (const writer of Object.values(this.#writers)) await writer.close();
  }
}

function createWriter(options: WritablePacks, kind: PackKind): PackWriter {
  const { index, files, session, sizes, coder } = options;
  const isCompressing = coder.compression !== 'none';
  const opener = { index, files, session, packLimitBytes: sizes.packLimitBytes };
  const isCompressed = kind === 'node' && (isCompressing || index.packs.hasCompressed());
  const version = isCompressed ? PACK_VERSION.compressed : PACK_VERSION.plain;
  return new PackWriter({
    kind,
    segmentBytes: sizes.segmentBytes[kind],
    packLimitBytes: sizes.packLimitBytes,
    openPack: () => createPack(opener, { kind, version }),
  });
}
