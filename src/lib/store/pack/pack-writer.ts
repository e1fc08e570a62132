/**
 * Appends blocks to packs of one kind. Blocks gather in a segment in memory; when it is full it is
 * written while the next one fills, so at most two segments are in memory per kind.
 *
 *     append ──▶ current segment ──full──▶ being written ──▶ written ──takeWritten──▶ caller commits
 *
 * A failure is final: what was written after it would follow a gap.
 */
import type { BlockKey } from '../block/block-id.js';
import type { AppendFile } from './pack-files.js';
import type { PackKind } from './pack-format.js';
import type { PackedBlock } from './packed-block.js';
import { Segment, type SegmentBlock } from './segment.js';

/** A pack that this process alone appends to. */
export interface OwnedPack {
  /** number in the index */
  readonly pack: number;
  readonly id: string;
  readonly file: AppendFile;
  /** where the next segment goes, in `bytes` */
  endBytes: number;
}

/** Options of a {@link PackWriter}. */
export interface PackWriterOptions {
  readonly kind: PackKind;
  /** blocks in one segment take at most this many `bytes` */
  readonly segmentBytes: number;
  /** a pack takes no second segment that would make it longer than this many `bytes` */
  readonly packLimitBytes: number;
  /** Opens a pack that has room for a segment of `segmentBytes`, or a new one. */
  readonly openPack: (segmentBytes: number) => Promise<OwnedPack>;
}

/** The writer of one kind of pack. */
export class PackWriter {
  readonly #options: PackWriterOptions;
  readonly #spareBuffers: Buffer[] = [];
  #current: Segment;
  #pack: OwnedPack | undefined;
  #writing: Promise<void> | undefined;
  #written: Segment[] = [];
  #failure: { readonly error: unknown } | undefined;

  constructor(options: PackWriterOptions) {
    this.#options = options;
    this.#current = this.#emptySegment();
  }

  /** Returns whether {@link PackWriter.append} can take a block that takes `storedBytes` now. */
  hasRoomFor(storedBytes: number): boolean {
    return this.#current.fits(storedBytes);
  }

  /** Makes progress towards room in the current segment; call until `hasRoomFor` is true. */
  async makeRoom(): Promise<void> {
    if (this.#writing) await this.#writing;
    else this.#startWriting();
    this.#throwFailure();
  }

  /** Copies a block, for which there is room, into the current segment. */
  append(key: BlockKey, block: PackedBlock): SegmentBlock {
    return this.#current.append(key, block);
  }

  /**
   * Writes and syncs everything that was appended before the call, and returns the segments that
   * have become durable since the last one. Calls must not overlap.
   */
  async drain(): Promise<readonly Segment[]> {
    const last = this.#current;
    while (last.blocks.length > 0 && !last.home) await this.makeRoom();
    return this.syncWritten();
  }

  /** Syncs what has been written, and returns the segments that have become durable since. */
  async syncWritten(): Promise<readonly Segment[]> {
    await this.#writing;
    this.#throwFailure();
    const written = this.#written;
    this.#written = [];
    if (written.length > 0) await this.#pack?.file.sync();
    return written;
  }

  /** Closes the files, after writes under way have ended. What was not drained is lost. */
  async close(): Promise<void> {
    await this.#writing;
    await this.#pack?.file.close();
    this.#pack = undefined;
  }

  #startWriting(): void {
    const segment = this.#current;
    this.#current = this.#emptySegment();
    this.#writing = this.#write(segment).then(
      () => {
        this.#writing = undefined;
      },
      (error: unknown) => {
        this.#writing = undefined;
        this.#failure ??= { error };
      },
    );
  }

  async #write(segment: Segment): Promise<void> {
    this.#throwFailure();
    const pack = await this.#packFor(segment.segmentBytes);
    const offsetBytes = pack.endBytes;
    const [table, blocks] = segment.encode(pack.id, offsetBytes);
    await pack.file.write(table, offsetBytes);
    await pack.file.write(blocks, offsetBytes + table.length);
    pack.endBytes += segment.segmentBytes;
    const buffer = segment.settle({ pack: pack.pack, packId: pack.id, offsetBytes });
    if (buffer) this.#spareBuffers.push(buffer);
    this.#written.push(segment);
  }

  /** Returns the pack for a segment. A pack that is left for the next one is made durable first. */
  async #packFor(segmentBytes: number): Promise<OwnedPack> {
    const { packLimitBytes, openPack } = this.#options;
    const full = this.#pack;
    if (full && full.endBytes + segmentBytes <= packLimitBytes) return full;
    if (full) {
      await full.file.sync();
      this.#pack = undefined;
      await full.file.close();
    }
    this.#pack = await openPack(segmentBytes);
    return this.#pack;
  }

  #emptySegment(): Segment {
    const { kind, segmentBytes } = this.#options;
    return new Segment(kind, this.#spareBuffers.pop() ?? Buffer.allocUnsafeSlow(segmentBytes));
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error;
  }
}
