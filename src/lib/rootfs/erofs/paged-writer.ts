import type { FileHandle } from 'node:fs/promises';
import { invariant } from '../../errors.js';

/** Size of a write to the file in `bytes`: large enough that the number of system calls is small. */
export const PAGE_BYTES = 512 * 1024;
/** How many pages may be on their way to the file while the next one is filled. */
const MAX_WRITES_UNDER_WAY = 2;
const ZEROS = Buffer.alloc(PAGE_BYTES);

interface Page {
  readonly bytes: Buffer;
  /** position in the area in `bytes` */
  readonly start: number;
  /** bytes that may differ from zero, from the start of the page */
  used: number;
}

/**
 * Writes one area of a new file in large pieces, through two pages: the newest one that was written
 * to, and the one before it. So a write may reach back by up to a page behind the furthest one, and
 * never further. What is not written, and every page of zeros, becomes a hole of the file.
 */
export class PagedWriter {
  readonly #handle: FileHandle;
  readonly #areaStart: number;
  readonly #underWay = new Set<Promise<void>>();
  readonly #free: Buffer[] = [];
  readonly #onWritten: (bytes: number) => void;
  #failure: { readonly error: unknown } | undefined;
  #previous: Page | undefined;
  #newest: Page;

  /** Writes to `handle` from byte `areaStart` on; calls `onWritten` as bytes arrive there. */
  constructor(
    handle: FileHandle,
    options: {
      readonly areaStart: number;
      readonly onWritten?: ((bytes: number) => void) | undefined;
    },
  ) {
    this.#handle = handle;
    this.#areaStart = options.areaStart;
    this.#onWritten = options.onWritten ?? ignore;
    this.#newest = { bytes: Buffer.alloc(PAGE_BYTES), start: 0, used: 0 };
  }

  /**
   * Copies `bytes` to `position` (from the start of the area). Nothing is lost or thrown when the file
   * does not keep pace, but memory grows until somebody waits for {@link room}.
   */
  write(position: number, bytes: Uint8Array): void {
    let done = 0;
    while (done < bytes.length) {
      const at = position + done;
      const page = this.#pageOf(at);
      const room = page.start + PAGE_BYTES - at;
      const part = done === 0 && bytes.length <= room ? bytes : bytes.subarray(done, done + room);
      put(page, at, part);
      done += part.length;
    }
  }

  /**
   * Returns a promise where the file has to take some of what was written before there is more; it
   * rejects with what has failed.
   */
  room(): Promise<void> | undefined {
    const isBehind = this.#underWay.size > MAX_WRITES_UNDER_WAY;
    return isBehind || this.#failure ? this.#settle(MAX_WRITES_UNDER_WAY) : undefined;
  }

  /** Resolves when all that was written is in the file. */
  async finish(): Promise<void> {
    if (this.#previous) this.#send(this.#previous);
    this.#send(this.#newest);
    this.#previous = undefined;
    await this.#settle(0);
  }

  /** Resolves when nothing is on its way to the file any more, failed or not. */
  async abandon(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }

  #pageOf(position: number): Page {
    const start = position - (position % PAGE_BYTES);
    if (start === this.#newest.start) return this.#newest;
    if (start === this.#previous?.start) return this.#previous;
    invariant(start > this.#newest.start, 'a write does not reach back further than a page');
    if (this.#previous) this.#send(this.#previous);
    this.#previous = this.#newest;
    this.#newest = { bytes: this.#free.pop() ?? Buffer.alloc(PAGE_BYTES), start, used: 0 };
    return this.#newest;
  }

  #send(page: Page): void {
    const writing = this.#sendPage(page)
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#underWay.delete(writing));
    this.#underWay.add(writing);
  }

  async #sendPage({ bytes, start, used }: Page): Promise<void> {
    let at = isZero(bytes, used) ? used : 0;
    while (at < used) {
      const position = this.#areaStart + start + at;
      const { bytesWritten } = await this.#handle.write(bytes, at, used - at, position);
      at += bytesWritten;
    }
    this.#onWritten(used);
    if (at > 0) bytes.fill(0, 0, used);
    this.#free.push(bytes);
  }

  async #settle(atMost: number): Promise<void> {
    while (this.#underWay.size > atMost) await Promise.race(this.#underWay);
    if (this.#failure) throw this.#failure.error;
  }
}

function put(page: Page, position: number, bytes: Uint8Array): void {
  const at = position - page.start;
  page.bytes.set(bytes, at);
  if (at + bytes.length > page.used) page.used = at + bytes.length;
}

function isZero(bytes: Buffer, length: number): boolean {
  return bytes.compare(ZEROS, 0, length, 0, length) === 0;
}

function ignore(): void {
  return;
}
