import type { ByteString } from '../../base/bytes.js';
import { composeEntry } from '../tar/compose-entry.js';
import { tarFault } from '../tar/layer-fault.js';
import { MAX_EXTENDED_HEADER_BYTES, parsePaxRecords, type PaxRecords } from '../tar/pax.js';
import type { TarEntry } from '../tar/tar-entry.js';
import {
  cString,
  isZeroBlock,
  parseTarHeader,
  TAR_BLOCK_BYTES,
  type TarHeader,
} from '../tar/tar-header.js';
import type { ByteFile } from './byte-file.js';

/** The most headers of one entry: a name, a link name, records, and what stands for all. */
const MAX_EXTENDED_HEADERS = 16;

/** Headers often stand close together: they are read in pieces of this size in `bytes`. */
const WINDOW_BYTES = 16 * 1024;

/** An entry of a tar archive and where its content lies. */
export interface ScannedEntry {
  readonly entry: Omit<TarEntry, 'content'>;
  readonly contentOffsetBytes: number;
}

/**
 * Yields the entries of a plain tar archive in a file. Reads headers only and jumps over content, so
 * an archive of any size is scanned in a moment.
 *
 * @throws {LayerFault} `LAYER_INVALID` as `readTar`; `IO_FAILED`
 */
export async function* scanTar(file: ByteFile): AsyncGenerator<ScannedEntry> {
  const window = new HeaderWindow(file);
  let offsetBytes = 0;
  for (;;) {
    const found = await scanEntry(window, offsetBytes);
    if (!found) return;
    const { sizeBytes } = found.entry;
    if (found.contentOffsetBytes + sizeBytes > file.sizeBytes) throw truncated();
    yield found;
    offsetBytes = found.contentOffsetBytes + padded(sizeBytes);
  }
}

/** Returns the entry whose first header is at `startBytes`; `undefined` at the end of the archive. */
async function scanEntry(
  file: HeaderWindow,
  startBytes: number,
): Promise<ScannedEntry | undefined> {
  let records: PaxRecords = new Map();
  let longName: ByteString | undefined;
  let longLinkName: ByteString | undefined;
  let offsetBytes = startBytes;
  for (let count = 0; count < MAX_EXTENDED_HEADERS; count += 1) {
    const header = await headerAt(file, offsetBytes);
    if (!header) {
      if (count > 0) throw tarFault('the archive ends after an extended header');
      return undefined;
    }
    offsetBytes += TAR_BLOCK_BYTES;
    if (!'xgLK'.includes(header.type)) {
      const entry = composeEntry(header, { records, longName, longLinkName });
      return { entry, contentOffsetBytes: offsetBytes };
    }
    const meta = await metaAt(file, offsetBytes, header);
    offsetBytes += padded(meta.length);
    if (header.type === 'x') records = parsePaxRecords(meta);
    if (header.type === 'L') longName = cString(meta, 0, meta.length);
    if (header.type === 'K') longLinkName = cString(meta, 0, meta.length);
  }
  throw tarFault(`an entry has more than ${MAX_EXTENDED_HEADERS} extended headers`);
}

async function headerAt(file: HeaderWindow, offsetBytes: number): Promise<TarHeader | undefined> {
  const block = await file.read(offsetBytes, TAR_BLOCK_BYTES);
  if (block.length === 0) return undefined;
  if (block.length < TAR_BLOCK_BYTES) throw truncated();
  return isZeroBlock(block) ? undefined : parseTarHeader(block);
}

async function metaAt(
  file: HeaderWindow,
  offsetBytes: number,
  header: TarHeader,
): Promise<Uint8Array> {
  const { sizeBytes } = header;
  if (sizeBytes < 0 || sizeBytes > MAX_EXTENDED_HEADER_BYTES) {
    throw tarFault(
      `an extended header has ${sizeBytes} bytes, allowed are ${MAX_EXTENDED_HEADER_BYTES}`,
    );
  }
  const bytes = await file.read(offsetBytes, sizeBytes);
  if (bytes.length < sizeBytes) throw truncated();
  return bytes;
}

function padded(sizeBytes: number): number {
  return Math.ceil(sizeBytes / TAR_BLOCK_BYTES) * TAR_BLOCK_BYTES;
}

function truncated(): Error {
  return tarFault('the archive ends in the middle of an entry');
}

/** Reads ranges of a file, from memory where they lie in the last piece that was read. */
class HeaderWindow {
  readonly #file: ByteFile;
  #startBytes = 0;
  #bytes: Uint8Array = new Uint8Array(0);

  constructor(file: ByteFile) {
    this.#file = file;
  }

  async read(offsetBytes: number, lengthBytes: number): Promise<Uint8Array> {
    const end = this.#startBytes + this.#bytes.length;
    if (offsetBytes < this.#startBytes || offsetBytes + lengthBytes > end) {
      this.#bytes = await this.#file.read(offsetBytes, Math.max(lengthBytes, WINDOW_BYTES));
      this.#startBytes = offsetBytes;
    }
    const start = offsetBytes - this.#startBytes;
    return this.#bytes.subarray(start, start + lengthBytes);
  }
}
