/**
 * The bytes of a block file: a header and the stored bytes of one block. See `docs/formats/flat.md`.
 * All integers are little-endian.
 *
 *     magic 8 | version u16 | codec u8 | encoding u8 | size u32 | stored u32 | zero 4 | hash 32 | check 8
 */
import { MonoError } from '../../errors.js';
import {
  bytesOfKey,
  codecOfKey,
  HASH_BYTES,
  hashOf,
  isBlockCodec,
  keyFromHash,
  NODE_CODEC,
  RAW_CODEC,
  type BlockKey,
} from '../block/block-id.js';
import { ENCODING } from '../compression/encode-block.js';
import { MAX_BLOCK_BYTES } from '../limits.js';

const MAGIC = Buffer.from('MONOBLCK', 'latin1');
const VERSION = 1;
const HASH_OFFSET = 24;
const CHECK_OFFSET = HASH_OFFSET + HASH_BYTES;
/** Length of the header of a block file in bytes. */
export const FLAT_HEADER_BYTES = 64;
/** The longest block file in bytes that a reader accepts: stored bytes are never more than the block. */
export const MAX_FLAT_FILE_BYTES = FLAT_HEADER_BYTES + MAX_BLOCK_BYTES;

const SUFFIXES = { [RAW_CODEC]: '.raw', [NODE_CODEC]: '.dag-cbor' } as const;
const NAME = /^([0-9a-f]{64})\.(raw|dag-cbor)$/;

/** What the header of a block file says. */
export interface FlatHeader {
  readonly key: BlockKey;
  /** as in `ENCODING` */
  readonly encoding: number;
  /** length of the block itself in `bytes` */
  readonly sizeBytes: number;
  /** length of what follows the header in `bytes` */
  readonly storedBytes: number;
}

/** Returns the name of the file of a block. */
export function flatNameOf(key: BlockKey): string {
  return bytesOfKey(key).toString('hex', 1) + SUFFIXES[codecOfKey(key)];
}

/** Returns the key of the block whose file has this name, `undefined` where no block can have it. */
export function keyOfFlatName(name: string): BlockKey | undefined {
  const [, hash, codec] = NAME.exec(name) ?? [];
  if (hash === undefined) return undefined;
  return keyFromHash(codec === 'raw' ? RAW_CODEC : NODE_CODEC, Buffer.from(hash, 'hex'));
}

/** Returns the {@link FLAT_HEADER_BYTES} in front of the stored bytes. */
export function encodeFlatHeader(header: FlatHeader): Uint8Array {
  const bytes = Buffer.alloc(FLAT_HEADER_BYTES);
  MAGIC.copy(bytes, 0);
  bytes.writeUInt16LE(VERSION, 8);
  bytes.writeUInt8(codecOfKey(header.key), 10);
  bytes.writeUInt8(header.encoding, 11);
  bytes.writeUInt32LE(header.sizeBytes, 12);
  bytes.writeUInt32LE(header.storedBytes, 16);
  bytesOfKey(header.key).copy(bytes, HASH_OFFSET, 1);
  checkOf(bytes).copy(bytes, CHECK_OFFSET);
  return bytes;
}

/**
 * Returns what the first {@link FLAT_HEADER_BYTES} of a block file say, `undefined` where they are
 * damaged.
 *
 * @throws {MonoError} `STORE_FORMAT_UNSUPPORTED` when a newer program has written the file
 */
export function parseFlatHeader(bytes: Uint8Array, path: string): FlatHeader | undefined {
  if (bytes.length < FLAT_HEADER_BYTES) return undefined;
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, FLAT_HEADER_BYTES);
  if (!header.subarray(0, 8).equals(MAGIC)) return undefined;
  if (!checkOf(header).equals(header.subarray(CHECK_OFFSET))) return undefined;
  const version = header.readUInt16LE(8);
  if (version !== VERSION) throw unsupported(path, version);
  const codec = header.readUInt8(10);
  const sizeBytes = header.readUInt32LE(12);
  const storedBytes = header.readUInt32LE(16);
  if (!isBlockCodec(codec) || header.readUInt32LE(20) !== 0) return undefined;
  if (sizeBytes > MAX_BLOCK_BYTES || storedBytes > sizeBytes) return undefined;
  const encoding = header.readUInt8(11);
  if (encoding === ENCODING.plain && storedBytes !== sizeBytes) return undefined;
  const key = keyFromHash(codec, header.subarray(HASH_OFFSET, CHECK_OFFSET));
  return { key, encoding, sizeBytes, storedBytes };
}

function checkOf(header: Buffer): Buffer {
  return Buffer.from(hashOf(header.subarray(0, CHECK_OFFSET))).subarray(
    0,
    FLAT_HEADER_BYTES - CHECK_OFFSET,
  );
}

function unsupported(path: string, version: number): MonoError {
  return new MonoError(
    'STORE_FORMAT_UNSUPPORTED',
    `Cannot read block file \`${path}\`: its format has version ${version}, known is ${VERSION}`,
    { details: { path, version, known: VERSION }, hint: 'Use the newer mono that wrote it.' },
  );
}
