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
 * caller leaves early; closes it in any case.
 *
 * @throws {LayerFault} `LAYER_INVALID` when the archive is truncated or malformed
 * @see POSIX.1-2017, pax, "ustar Interchange Format" and "pax Interchange Format"
 */
export async function* readTar(
  source: ByteSource,
  observer?: TarObserver,
): AsyncGenerator<TarEntry, void, void> {
  const reader = new ByteReader(source, truncated);
  try {
    for (;;) {
      const found = await readHeaders(reader);
      if (!found) break;
      const entry = composeEntry(found.header, found.extended);
      if (entry.sizeBytes > 0) observer?.onContent(reader.position, entry.sizeBytes);
      yield* readEntry(reader, entry);
    }
    await reader.drain();
  } finally {
    await reader.close();
  }
}

interface Headers {
  readonly header: TarHeader;
  readonly extended: ExtendedHeaders;
}

/** Reads up to the next header that makes an entry; `undefined` at the end of the archive. */
async function readHeaders(reader: ByteReader): Promise<Headers | undefined> {
  let records = NO_RECORDS;
  let longName: ByteString | undefined;
  let longLinkName: ByteString | undefined;
  let isPending = false;
  for (;;) {
    const header = await nextHeader(reader);
    if (!header) {
      if (isPending) throw tarFault('the archive ends after an extended header');
      return undefined;
    }
    switch (header.type) {
      case 'x':
        records = parsePaxRecords(await readMeta(reader, header));
        break;
      case 'g':
        // Checked, not applied: no OCI runtime applies them, and one digest must mean one tree.
        parsePaxRecords(await readMeta(reader, header));
        continue;
      case 'L':
        longName = longString(await readMeta(reader, header));
        break;
      case 'K':
        longLinkName = longString(await readMeta(reader, header));
        break;
      default:
        return { header, extended: { records, longName, longLinkName } };
    }
    isPending = true;
  }
}

async function nextHeader(reader: ByteReader): Promise<TarHeader | undefined> {
  let block = reader.take(TAR_BLOCK_BYTES);
  if (!block) {
    if (await reader.atEnd()) return undefined;
    block = await reader.read(TAR_BLOCK_BYTES);
  }
  if (!isZeroBlock(block)) return parseTarHeader(block);
  if (await reader.atEnd()) return undefined;
  if (isZeroBlock(await reader.read(TAR_BLOCK_BYTES))) return undefined;
  throw tarFault('a zero block stands between entries');
}

async function readMeta(reader: ByteReader, header: TarHeader): Promise<Uint8Array> {
  const { sizeBytes } = header;
  if (sizeBytes < 0 || sizeBytes > MAX_EXTENDED_HEADER_BYTES) {
    throw tarFault(
      `an extended header has ${sizeBytes} bytes, allowed are ${MAX_EXTENDED_HEADER_BYTES}`,
    );
  }
  const bytes = await reader.read(sizeBytes);
  await reader.skip(paddingOf(sizeBytes));
  return bytes;
}

async function* readEntry(
  reader: ByteReader,
  entry: Omit<TarEntry, 'content'>,
): AsyncGenerator<TarEntry> {
  const { sizeBytes } = entry;
  if (sizeBytes <= SMALL_CONTENT_BYTES) {
    const content = sizeBytes === 0 ? NO_CONTENT : [await reader.read(sizeBytes)];
    await reader.skip(paddingOf(sizeBytes));
    yield { ...entry, content };
    return;
  }
  const start = reader.position;
  yield { ...entry, content: reader.stream(sizeBytes) };
  const unread = sizeBytes - (reader.position - start);
  await reader.skip(unread + paddingOf(sizeBytes));
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
