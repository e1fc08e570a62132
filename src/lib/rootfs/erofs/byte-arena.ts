import type { ByteString } from '../../base/bytes.js';
import { invariant } from '../../errors.js';

const PAGE_BYTES = 1 << 20;
const LENGTH_BYTES = 4;
/** References have 32 bits. */
const MAX_PAGES = 2 ** 32 / PAGE_BYTES;

/**
 * Keeps many short byte strings without an object for each: `u32le length | bytes`, packed into
 * 1 MiB pages. A string is named by the position where it starts.
 */
export class ByteArena {
  readonly #pages: Buffer[] = [];
  #used = PAGE_BYTES;

  /** Keeps a copy of `bytes` (less than 1 MiB) and returns its reference, a 32-bit number. */
  add(bytes: Uint8Array): number {
    const { page, reference } = this.#reserve(bytes.length);
    page.set(bytes, (reference % PAGE_BYTES) + LENGTH_BYTES);
    return reference;
  }

  /** As `add`, for the bytes of `text`. */
  addByteString(text: ByteString): number {
    const { page, reference } = this.#reserve(text.length);
    page.write(text, (reference % PAGE_BYTES) + LENGTH_BYTES, 'latin1');
    return reference;
  }

  /** Returns the bytes kept under `reference`: a view, not to be written to. */
  read(reference: number): Uint8Array {
    const page = this.#pages[Math.floor(reference / PAGE_BYTES)];
    invariant(page, 'a reference is one that the arena returned');
    const start = (reference % PAGE_BYTES) + LENGTH_BYTES;
    return page.subarray(start, start + page.readUInt32LE(start - LENGTH_BYTES));
  }

  #reserve(length: number): { page: Buffer; reference: number } {
    const bytes = length + LENGTH_BYTES;
    if (this.#used + bytes > PAGE_BYTES) {
      invariant(bytes <= PAGE_BYTES && this.#pages.length < MAX_PAGES, 'the arena has room');
      this.#pages.push(Buffer.alloc(PAGE_BYTES));
      this.#used = 0;
    }
    const index = this.#pages.length - 1;
    const page = this.#pages[index];
    invariant(page, 'the last page exists');
    const reference = index * PAGE_BYTES + this.#used;
    page.writeUInt32LE(length, this.#used);
    this.#used += bytes;
    return { page, reference };
  }
}
