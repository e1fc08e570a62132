import { FILE_TYPE, INODE_BYTES, LAYOUT, SLOT_BYTES } from './erofs-format.js';
import { encodeInode } from './inode-record.js';
import type { PagedWriter } from './paged-writer.js';
import { flatBlocks } from './place-dense.js';
import type { ImagePlan } from './plan-image.js';
import { xattrUnits } from './xattr-body.js';

/** Writes inodes with what stands behind them, but for inline content. */
export class InodeWriter {
  readonly #plan: ImagePlan;
  readonly #area: PagedWriter;
  readonly #record = new Uint8Array(INODE_BYTES);
  readonly #view = new DataView(this.#record.buffer);

  /** Writes the inodes of `plan` through `area`, which starts at byte 0 of the image. */
  constructor(plan: ImagePlan, area: PagedWriter) {
    this.#plan = plan;
    this.#area = area;
  }

  /** Writes an inode, its xattrs and its chunk map; returns the position behind the xattrs. */
  write(inode: number): number {
    const { tree, nids } = this.#plan;
    const start = (nids[inode] ?? 0) * SLOT_BYTES;
    const xattrs = tree.xattrsOf(inode);
    this.#encode(inode, xattrs.length);
    this.#area.write(start, this.#record);
    if (xattrs.length > 0) this.#area.write(start + INODE_BYTES, xattrs);
    const trailerStart = start + INODE_BYTES + xattrs.length;
    const map = this.#encodeChunkMap(inode);
    if (map) this.#area.write(trailerStart, map);
    return trailerStart;
  }

  #encode(inode: number, xattrBytes: number): void {
    const { tree, layouts } = this.#plan;
    encodeInode(this.#view, {
      layout: layouts[inode] ?? 0,
      xattrUnits: xattrUnits(xattrBytes),
      mode: tree.modes.at(inode),
      sizeBytes: tree.sizes.at(inode),
      location: this.#locationOf(inode),
      ino: inode + 1,
      uid: tree.uids.at(inode),
      gid: tree.gids.at(inode),
      seconds: tree.seconds.at(inode),
      nanoseconds: tree.nanoseconds.at(inode),
      links: tree.links.at(inode),
    });
  }

  #locationOf(inode: number): number {
    const { tree, layouts, placement, firstBlocks } = this.#plan;
    const type = tree.typeOf(inode);
    if (type === FILE_TYPE.characterDevice || type === FILE_TYPE.blockDevice) {
      return tree.payloads.at(inode);
    }
    const layout = layouts[inode] ?? 0;
    if (layout === LAYOUT.chunkBased) return placement.chunkMaps.get(inode)?.chunkBits ?? 0;
    return flatBlocks(tree.sizes.at(inode), layout) === 0 ? 0 : (firstBlocks[inode] ?? 0);
  }

  #encodeChunkMap(inode: number): Uint8Array | undefined {
    const { placement, dataArea } = this.#plan;
    const map = placement.chunkMaps.get(inode);
    if (!map) return undefined;
    const encoded = new DataView(new ArrayBuffer(map.blocks.length * 4));
    for (const [index, block] of map.blocks.entries()) {
      encoded.setUint32(index * 4, dataArea + block, true);
    }
    return new Uint8Array(encoded.buffer);
  }
}
