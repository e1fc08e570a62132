import type { CID } from 'multiformats/cid';
import type { Digest } from '../../base/digest.js';
import type { NodeWriter } from '../../store/ipld-store.js';
import type { TarObserver } from '../tar/read-tar.js';
import { FramingEncoder, type FramingPart } from './framing-encoder.js';
import { encodePart, encodeRecipe, MAX_RECIPE_PARTS, type RecipeContent } from './recipe-node.js';

/**
 * Writes the recipe of an archive while it is read:
 *
 *   readTar(recorder.tap(archive), recorder)    where every content that is found is put into a
 *   recorder.addContent(cid)                    store and named, in the order of the archive
 *   recorder.finish(diffId)
 *
 * Holds the present piece of the archive and one part of the recipe in memory.
 */
export class RecipeRecorder implements TarObserver {
  readonly #store: NodeWriter;
  readonly #encoder = new FramingEncoder();
  /** parts whose contents have not all been named */
  #waiting: FramingPart[] = [];
  /** sizes of the contents that have not been named */
  #sizes: number[] = [];
  #contents: RecipeContent[] = [];
  #parts: CID[] = [];
  #piece: Uint8Array = new Uint8Array(0);
  #pieceStart = 0;
  /** up to where the archive is known to be framing or content */
  #cursor = 0;

  constructor(store: NodeWriter) {
    this.#store = store;
  }

  /** Passes the archive on. To be read by nobody but `readTar`, once. */
  async *tap(archive: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of archive) {
      this.#piece = piece;
      yield piece;
      this.#frameUpTo(this.#pieceStart + piece.length);
      this.#pieceStart += piece.length;
      await this.#storeParts();
    }
  }

  onContent(offsetBytes: number, sizeBytes: number): void {
    this.#frameUpTo(offsetBytes);
    this.#encoder.addContent(sizeBytes);
    this.#sizes.push(sizeBytes);
    this.#cursor = offsetBytes + sizeBytes;
  }

  /** Names the root of the first content that has not been named yet. */
  addContent(content: CID): void {
    const sizeBytes = this.#sizes.shift() ?? 0;
    this.#contents.push({ sizeBytes, content });
  }

  /**
   * Stores what is left of the recipe, and returns its root; `undefined` for an archive with more
   * framing than a recipe can hold.
   */
  async finish(diffId: Digest): Promise<CID | undefined> {
    this.#encoder.end();
    await this.#storeParts();
    if (this.#parts.length > MAX_RECIPE_PARTS) return undefined;
    const recipe = { diffId, sizeBytes: this.#pieceStart, parts: this.#parts };
    return this.#store.putNode(encodeRecipe(recipe));
  }

  /** What nobody has called content before `offset` is framing. */
  #frameUpTo(offset: number): void {
    if (offset <= this.#cursor) return;
    const from = this.#cursor - this.#pieceStart;
    this.#encoder.addFraming(this.#piece.subarray(from, offset - this.#pieceStart));
    this.#cursor = offset;
  }

  async #storeParts(): Promise<void> {
    this.#waiting.push(...this.#encoder.takeParts());
    for (let part = this.#waiting[0]; part; part = this.#waiting[0]) {
      if (part.contentCount > this.#contents.length) return;
      this.#waiting.shift();
      const contents = this.#contents.splice(0, part.contentCount);
      if (this.#parts.length > MAX_RECIPE_PARTS) continue;
      this.#parts.push(await this.#store.putNode(encodePart({ ...part, contents })));
    }
  }
}
