import { textOfByteString, type ByteString } from '../../base/bytes.js';
import { redact } from '../../base/redact.js';
import { MonoError } from '../../errors.js';
import { BLOCK_BYTES } from './erofs-format.js';
import type { PagedWriter } from './paged-writer.js';
import { flatBlocks } from './place-dense.js';
import type { ImagePlan } from './plan-image.js';

/** Where the parts of an image go. */
export interface ImageAreas {
  /** inodes with what stands behind them */
  readonly inodes: PagedWriter;
  /** directories, and link targets that are too long to stand behind an inode */
  readonly blocks: PagedWriter;
  /** content of files */
  readonly data: PagedWriter;
}

/** Writes the content of flat inodes, one after the other: whole blocks, and the rest behind the inode. */
export class FlatWriter {
  readonly #plan: ImagePlan;
  readonly #areas: ImageAreas;
  #inode = 0;
  #sizeBytes = 0;
  /** how much of the content goes to blocks, in `bytes` */
  #bodyBytes = 0;
  #body: PagedWriter;
  #bodyStart = 0;
  #tailStart = 0;
  #at = 0;

  constructor(plan: ImagePlan, areas: ImageAreas) {
    this.#plan = plan;
    this.#areas = areas;
    this.#body = areas.data;
  }

  /** Begins the content of an inode, whose rest stands at `tailStart` in the area of the inodes. */
  begin(inode: number, tailStart: number): void {
    const { tree, layouts, firstBlocks, dataArea, blockArea } = this.#plan;
    const isFile = tree.isFile(inode);
    this.#inode = inode;
    this.#sizeBytes = tree.sizes.at(inode);
    const blocks = flatBlocks(this.#sizeBytes, layouts[inode] ?? 0);
    this.#bodyBytes = Math.min(this.#sizeBytes, blocks * BLOCK_BYTES);
    this.#body = isFile ? this.#areas.data : this.#areas.blocks;
    const area = isFile ? dataArea : blockArea;
    this.#bodyStart = ((firstBlocks[inode] ?? 0) - area) * BLOCK_BYTES;
    this.#tailStart = tailStart;
    this.#at = 0;
  }

  /**
   * Writes the next piece of the content.
   *
   * @throws {MonoError} `STORE_NODE_INVALID` when it is longer than the inode says
   */
  write(piece: Uint8Array): void {
    const at = this.#at;
    const end = at + piece.length;
    if (end > this.#sizeBytes) throw this.#wrongSize('more');
    const split = Math.min(Math.max(this.#bodyBytes - at, 0), piece.length);
    if (split > 0) this.#body.write(this.#bodyStart + at, piece.subarray(0, split));
    if (split < piece.length) {
      const tailStart = this.#tailStart + at + split - this.#bodyBytes;
      this.#areas.inodes.write(tailStart, split === 0 ? piece : piece.subarray(split));
    }
    this.#at = end;
  }

  /**
   * Ends the content.
   *
   * @throws {MonoError} `STORE_NODE_INVALID` when it is shorter than the inode says
   */
  end(): void {
    if (this.#at < this.#sizeBytes) throw this.#wrongSize('less');
  }

  #wrongSize(than: 'more' | 'less'): MonoError {
    return wrongSize(than, this.#plan.tree.pathOf(this.#inode), this.#sizeBytes);
  }
}

function wrongSize(than: 'more' | 'less', path: ByteString, sizeBytes: number): MonoError {
  const shown = redact(textOfByteString(path));
  return new MonoError(
    'STORE_NODE_INVALID',
    `Cannot write \`/${shown}\` into an image: its content is ${than} than the ${sizeBytes} bytes of its entry`,
    { details: { path: shown, sizeBytes } },
  );
}
