/*
 * A strict, streaming reader of tar archives as container layers use them: v7, ustar, star, GNU long
 * names, pax. Names, link targets and attribute values come through byte for byte.
 *
 *   archive = { [ 'x' | 'L' | 'K' | 'g' header + content ]* header + content + padding }* end
 *
 * The end is two zero blocks; one, or none at all, is accepted as every other reader accepts it, and
 * what follows the end is passed over (the layer's diffID covers it).
 */
import type { ByteSource, ByteString } from '../../base/bytes.js';
import { ByteReader } from './byte-reader.js';
import { composeEntry, type ExtendedHeaders } from './compose-entry.js';
import { tarFault, type LayerFault } from './layer-fault.js';
import { MAX_EXTENDED_HEADER_BYTES, parsePaxRecords, type PaxRecords } from './pax.js';
import type { TarEntry } from './tar-entry.js';
import {
  cString,
  isZeroBlock,
  parseTarHeader,
  TAR_BLOCK_BYTES,
  type TarHeader,
} from './tar-header.js';

/** Up to this size in `bytes` the content of a file comes as one array. */
export const SMALL_CONTENT_BYTES = 256 * 1024;

/** Is told where an archive has the content of files: all other bytes are headers and padding. */
export interface TarObserver {
  /**
   * The archive has `sizeBytes` (at least 1) of content at `offsetBytes`. Called once for each file
   * that is not empty, in order, before anything beyond the bytes that came with its header is read.
   */
  onContent(offsetBytes: number, sizeBytes: number): void;
}

const NO_RECORDS: PaxRecords = new Map();
const NO_CONTENT: readonly Uint8Array[] = [];

/**
 * Yields the entries of the archive in order. Reads `source` to its end unless it fails or the
 * caller leaves early; closes it in any case. Of what it has yielded only contents depend on a piece
 * of the source, the present one.
 *
 * @throws {LayerFault} `LAYER_INVALID` when the archive is truncated or malformed
 * @see POSIX.1-2017, pax, "ustar Interchange Format" and "pax Interchange Format"
 */
export async function* readTar(
  source: ByteSource,
  observer?: TarObserver,
): AsyncGenerator<TarEntry, void, void> {
  for await (const run of readTarRuns(source, observer)) yield* run;
}

/**
 * Yields what {@link readTar} does in runs: the entries of one are there without a promise for each,
 * which costs more than reading them. A run must be consumed before the next one is asked for.
 *
 * @throws {LayerFault} as {@link readTar}, or the run does
 */
export async function* readTarRuns(
  source: ByteSource,
  observer?: TarObserver,
): AsyncGenerator<Iterable<TarEntry>, void, void> {
  const reader = new ByteReader(source, truncated);
  const run = new EntryRun(readEntries(reader, observer));
  try {
    for (;;) {
      yield run;
      if (run.isLast) break;
      await reader.advance();
    }
    await reader.drain();
  } finally {
    await reader.close();
  }
}

/** What a step of reading comes to: an entry, or that it goes on once there is another piece. */
type Step = TarEntry | undefined;

/** A part of reading: returns `T`, and yields where bytes are missing for it. */
type Reading<T> = Generator<undefined, T, void>;

/** The entries that need no further piece; after it, those that need none after the next piece. */
class EntryRun implements IterableIterator<TarEntry> {
  readonly #steps: Iterator<Step, void, void>;
  isLast = false;

  constructor(steps: Iterator<Step, void, void>) {
    this.#steps = steps;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<TarEntry, undefined> {
    const step = this.#steps.next();
    this.isLast = step.done === true;
    return step.value ? { done: false, value: step.value } : { done: true, value: undefined };
  }
}

function* readEntries(
  reader: ByteReader,
  observer: TarObserver | undefined,
): Generator<Step, void, void> {
  for (;;) {
    const found = yield* readHeaders(reader);
    if (!found) return;
    const entry = composeEntry(found.header, found.extended);
    const { sizeBytes } = entry;
    if (sizeBytes > 0) observer?.onContent(reader.position, sizeBytes);
    const endBytes = reader.position + sizeBytes + paddingOf(sizeBytes);
    yield { ...entry, content: yield* contentOf(reader, sizeBytes) };
    yield* skip(reader, endBytes - reader.position);
  }
}

function* contentOf(reader: ByteReader, sizeBytes: number): Reading<TarEntry['content']> {
  if (sizeBytes === 0) return NO_CONTENT;
  return sizeBytes > SMALL_CONTENT_BYTES
    ? reader.stream(sizeBytes)
    : [yield* read(reader, sizeBytes)];
}

interface Headers {
  readonly header: TarHeader;
  readonly extended: ExtendedHeaders;
}

/** Reads up to the next header that makes an entry; `undefined` at the end of the archive. */
function* readHeaders(reader: ByteReader): Reading<Headers | undefined> {
  let records = NO_RECORDS;
  let longName: ByteString | undefined;
  let longLinkName: ByteString | undefined;
  let isPending = false;
  for (;;) {
    const header = yield* nextHeader(reader);
    if (!header) {
      if (isPending) throw tarFault('the archive ends after an extended header');
      return undefined;
    }
    switch (header.type) {
      case 'x':
        records = parsePaxRecords(yield* readMeta(reader, header));
        break;
      case 'g':
        // Checked, not applied: no OCI runtime applies them, and one digest must mean one tree.
        parsePaxRecords(yield* readMeta(reader, header));
        continue;
      case 'L':
        longName = longString(yield* readMeta(reader, header));
        break;
      case 'K':
        longLinkName = longString(yield* readMeta(reader, header));
        break;
      default:
        return { header, extended: { records, longName, longLinkName } };
    }
    isPending = true;
  }
}

function* nextHeader(reader: ByteReader): Reading<TarHeader | undefined> {
  let block = reader.take(TAR_BLOCK_BYTES);
  if (!block) {
    if (yield* atEnd(reader)) return undefined;
    block = yield* read(reader, TAR_BLOCK_BYTES);
  }
  if (!isZeroBlock(block)) return parseTarHeader(block);
  if (yield* atEnd(reader)) return undefined;
  if (isZeroBlock(yield* read(reader, TAR_BLOCK_BYTES))) return undefined;
  throw tarFault('a zero block stands between entries');
}

function* readMeta(reader: ByteReader, header: TarHeader): Reading<Uint8Array> {
  const { sizeBytes } = header;
  if (sizeBytes < 0 || sizeBytes > MAX_EXTENDED_HEADER_BYTES) {
    throw tarFault(
      `an extended header has ${sizeBytes} bytes, allowed are ${MAX_EXTENDED_HEADER_BYTES}`,
    );
  }
  // A copy: it is used when the piece that it came in may be gone.
  const bytes = Uint8Array.from(yield* read(reader, sizeBytes));
  yield* skip(reader, paddingOf(sizeBytes));
  return bytes;
}

/** Returns the next `lengthBytes`, gathered from as many pieces as it takes. */
function* read(reader: ByteReader, lengthBytes: number): Reading<Uint8Array> {
  const view = reader.take(lengthBytes);
  if (view) return view;
  const bytes = new Uint8Array(lengthBytes);
  for (let filled = 0; filled < lengthBytes;) {
    if (yield* atEnd(reader)) throw truncated();
    const part = reader.takeUpTo(lengthBytes - filled);
    bytes.set(part, filled);
    filled += part.length;
  }
  return bytes;
}

function* skip(reader: ByteReader, lengthBytes: number): Reading<void> {
  for (let left = lengthBytes; left > 0;) {
    if (yield* atEnd(reader)) throw truncated();
    left -= reader.takeUpTo(left).length;
  }
}

/** Returns whether no byte is left. */
function* atEnd(reader: ByteReader): Reading<boolean> {
  while (reader.isUsedUp) {
    if (reader.isEnded) return true;
    yield;
  }
  return false;
}

function truncated(): LayerFault {
  return tarFault('the archive ends in the middle of an entry');
}

function longString(bytes: Uint8Array): ByteString {
  return cString(bytes, 0, bytes.length);
}

function paddingOf(sizeBytes: number): number {
  return (TAR_BLOCK_BYTES - (sizeBytes % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES;
}
