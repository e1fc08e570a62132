/**
 * Checks one pack, byte by byte: each byte of its committed part belongs to the header, a table, a
 * block, or to padding, which is zero; and what the index places in the pack stands there.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { throwIfAborted } from '../../base/async.js';
import { isMonoError } from '../../errors.js';
import { cidOfKey, codecOfKey, NODE_CODEC, type BlockKey } from '../block/block-id.js';
import { linkedKeys } from '../block/links-of.js';
import { readAt } from '../pack/pack-files.js';
import {
  alignUp,
  encodeHeader,
  tableBytes,
  tableBytesFrom,
  type SegmentEntry,
} from '../pack/pack-format.js';
import type { PackRow } from '../pack/index/pack-table.js';
import { decodePacked } from '../pack/packed-block.js';
import { segmentsOf, type FoundSegment } from '../pack/segments-of.js';
import type { Finding } from './verify-report.js';
import type { VerifyRun } from './verify-run.js';

/**
 * Checks the committed part of `pack`, marks in the run's ledger the blocks whose rows it confirms,
 * and takes their links in. Returns whether every segment was found.
 *
 * @throws {MonoError} `CANCELLED`
 */
export async function checkPack(pack: PackRow, run: VerifyRun): Promise<boolean> {
  const path = run.files.pathOf(pack.id);
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    return await new PackCheck({ pack, path, descriptor: handle.fd }, run).run();
  } catch (error) {
    if (isMonoError(error)) throw error;
    run.log.addToPack(pack.pack, { kind: 'file', path });
    return false;
  } finally {
    await handle?.close();
  }
}

interface OpenPack {
  readonly pack: PackRow;
  readonly path: string;
  readonly descriptor: number;
}

class PackCheck {
  readonly #file: OpenPack;
  readonly #run: VerifyRun;
  readonly #countedEnd: number;

  constructor(file: OpenPack, run: VerifyRun) {
    this.#file = file;
    this.#run = run;
    this.#countedEnd = run.recount.countedEndOf(file.pack.pack);
  }

  async run(): Promise<boolean> {
    const { pack, descriptor } = this.#file;
    let end = this.#checkHeader();
    for (const segment of segmentsOf(descriptor, pack, { endBytes: pack.size })) {
      throwIfAborted(this.#run.signal);
      this.#checkSegment(segment);
      end = segment.offsetBytes + segment.segmentBytes;
      this.#run.advance(segment.segmentBytes);
      await setImmediate();
    }
    if (end === pack.size) return true;
    const isShort = readAt(descriptor, pack.size - 1, 1).length === 0;
    this.#report(isShort ? 'length' : 'table', end);
    return false;
  }

  /** Returns where the first segment has to start, in bytes. */
  #checkHeader(): number {
    const { pack, descriptor } = this.#file;
    const expected = encodeHeader(pack);
    const found = readAt(descriptor, 0, expected.length);
    if (Buffer.compare(expected, found) !== 0) {
      const different = expected.findIndex((byte, offset) => byte !== found[offset]);
      this.#report(different < found.length ? 'header' : 'length', different);
    }
    this.#run.advance(expected.length);
    return expected.length;
  }

  #checkSegment(segment: FoundSegment): void {
    const { pack, descriptor } = this.#file;
    const bytes = readAt(descriptor, segment.offsetBytes, segment.segmentBytes);
    if (bytes.length < segment.segmentBytes) {
      this.#report('length', segment.offsetBytes + bytes.length);
    }
    const tableEnd = tableBytesFrom(bytes) ?? 0;
    this.#checkPadding(segment, bytes, [tableEnd, tableBytes(segment.entries.length, pack.kind)]);
    for (const entry of segment.entries) {
      const end = entry.offsetBytes + entry.storedBytes;
      const block = bytes.subarray(entry.offsetBytes, end);
      this.#checkBlock(segment.offsetBytes + entry.offsetBytes, entry, block);
      this.#checkPadding(segment, bytes, [end, alignUp(end, pack.kind)]);
    }
  }

  #checkPadding(
    segment: FoundSegment,
    bytes: Uint8Array,
    range: readonly [from: number, to: number],
  ): void {
    const stray = bytes.subarray(...range).findIndex((byte) => byte !== 0);
    if (stray >= 0) this.#report('padding', segment.offsetBytes + range[0] + stray);
  }

  #checkBlock(offset: number, entry: SegmentEntry, stored: Uint8Array): void {
    const { pack } = this.#file.pack;
    const { key, storedBytes, sizeBytes, encoding } = entry;
    const row = this.#run.snapshot.blocks.find(key);
    const isHere = row?.pack === pack && row.offset === offset;
    const place = { pack, offset, stored: storedBytes, size: sizeBytes, encoding };
    const bytes = decodePacked(key, { encoding, stored, sizeBytes }, this.#run.coder);
    if (!bytes) this.#report('block', offset, key);
    if (!isHere) return;
    this.#run.ledger.mark(key);
    if (!isDeepStrictEqual(row, place)) this.#report('row', offset, key);
    if (bytes && codecOfKey(key) === NODE_CODEC) this.#takeLinks(offset, key, bytes);
  }

  #takeLinks(offset: number, key: BlockKey, bytes: Uint8Array): void {
    try {
      for (const link of linkedKeys(cidOfKey(key), bytes)) {
        this.#run.recount.add(link, offset < this.#countedEnd);
      }
    } catch (error) {
      if (!isMonoError(error, 'STORE_NODE_INVALID')) throw error;
      this.#report('block', offset, key);
    }
  }

  #report(kind: Finding['kind'], offsetBytes: number, key?: BlockKey): void {
    const { pack, path } = this.#file;
    const cid = key === undefined ? {} : { cid: cidOfKey(key).toString() };
    this.#run.log.addToPack(pack.pack, { kind, path, offsetBytes, ...cid });
  }
}
