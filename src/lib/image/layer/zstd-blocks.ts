/*
 * Takes a zstd stream apart without decoding it:
 *
 *   stream = frame*      frame = magic 4 | header 2-14 | block+ | [checksum 4]
 *                              | skippable magic 4 | size u32le | user data
 *   block  = u24le: bit 0 last, bits 1-2 type (0 raw, 1 repeated byte, 2 compressed), 3-23 size | data
 *
 * This is what bounds the decoder: it sees one block at a time, which gives at most 128 KiB, and no
 * frame whose window would take more memory than we grant.
 */
import type { ByteSource } from '../../base/bytes.js';
import { concatBytes } from '../../base/async.js';
import { ByteReader } from '../tar/byte-reader.js';
import { compressionFault } from './compression-fault.js';

/**
 * The largest window in `bytes`. RFC 8878 asks decoders for 8 MiB; image builders at their highest
 * levels have used 32.
 */
export const MAX_ZSTD_WINDOW_BYTES = 32 * 1024 * 1024;

const MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a5;
const MAX_BLOCK_BYTES = 128 * 1024;
const CHECKSUM_BYTES = 4;
const DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const;
const CONTENT_SIZE_BYTES = [0, 2, 4, 8] as const;

/**
 * Yields each frame header, block and checksum of a zstd stream, in order and one at a time.
 * Skippable frames are left out.
 *
 * @throws {LayerFault} `LAYER_COMPRESSION_INVALID` when the stream is malformed, ends in the middle of
 *   a frame, or has a window beyond {@link MAX_ZSTD_WINDOW_BYTES}
 * @see RFC 8878, section 3
 */
export async function* readZstdBlocks(source: ByteSource): AsyncGenerator<Uint8Array> {
  const reader = new ByteReader(source, () => compressionFault('its zstd data is cut off'));
  try {
    while (!(await reader.atEnd())) {
      const magic = await reader.read(4);
      if (u32le(magic) >>> 4 === SKIPPABLE_MAGIC) await reader.skip(u32le(await reader.read(4)));
      else yield* readFrame(reader, magic);
    }
  } finally {
    await reader.close();
  }
}

async function* readFrame(reader: ByteReader, magic: Uint8Array): AsyncGenerator<Uint8Array> {
  if (u32le(magic) !== MAGIC) throw malformed();
  const [descriptor = 0] = await reader.read(1);
  yield readFrameHeader(reader, magic, descriptor);
  for (let isLast = false; !isLast;) {
    const head = await reader.read(3);
    const value = (head[0] ?? 0) | ((head[1] ?? 0) << 8) | ((head[2] ?? 0) << 16);
    const size = value >>> 3;
    const kind = (value >>> 1) & 3;
    if (kind === 3 || size > MAX_BLOCK_BYTES) throw malformed();
    isLast = (value & 1) === 1;
    const data = await reader.read(kind === 1 ? 1 : size);
    yield concatBytes([head, data], head.length + data.length);
  }
  if ((descriptor & 4) !== 0) yield reader.read(CHECKSUM_BYTES);
}

async function readFrameHeader(
  reader: ByteReader,
  magic: Uint8Array,
  descriptor: number,
): Promise<Uint8Array> {
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >>> 6;
  const windowBytes = isSingleSegment ? 0 : 1;
  const dictionaryBytes = DICTIONARY_ID_BYTES[descriptor & 3] ?? 0;
  const sizeBytes = sizeFlag === 0 && isSingleSegment ? 1 : (CONTENT_SIZE_BYTES[sizeFlag] ?? 0);
  const rest = await reader.read(windowBytes + dictionaryBytes + sizeBytes);
  const dictionary = rest.subarray(windowBytes, windowBytes + dictionaryBytes);
  if ((descriptor & 8) !== 0) throw malformed();
  if (dictionary.some((byte) => byte !== 0)) {
    throw compressionFault('its zstd data needs a dictionary');
  }
  checkWindow(
    isSingleSegment ? contentSize(rest.subarray(dictionaryBytes)) : windowSize(rest[0] ?? 0),
  );
  return concatBytes([magic, Uint8Array.of(descriptor), rest], 5 + rest.length);
}

function checkWindow(windowBytes: number): void {
  if (windowBytes <= MAX_ZSTD_WINDOW_BYTES) return;
  throw compressionFault(
    `its zstd data needs a window of ${windowBytes} bytes, allowed are ${MAX_ZSTD_WINDOW_BYTES}`,
  );
}

/** RFC 8878, section 3.1.1.1.2. */
function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >>> 3));
  return base + (base / 8) * (descriptor & 7);
}

/** RFC 8878, section 3.1.1.1.4; for limits only, so that 2-byte sizes need not be exact. */
function contentSize(bytes: Uint8Array): number {
  return bytes.reduceRight((value, byte) => value * 256 + byte, 0);
}

function u32le(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
}

function malformed(): Error {
  return compressionFault('its zstd data is damaged');
}
