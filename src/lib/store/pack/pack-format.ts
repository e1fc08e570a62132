/**
 * The bytes of a pack: a header, then segments; a segment is a table and the blocks it lists. See
 * `docs/formats/pack.md`. All integers are little-endian.
 *
 *     header   magic 8 | version u16 | kind u8 | alignment shift u8 | zero 4 | id 16 | sha-256 32
 *     segment  magic 4 | count u32 | segment length u32 | zero 4 | count × entry | sha-256 32 | blocks
 *     entry    hash 32 | codec u8 | encoding u8 | zero 2 | offset u32 | stored length u32 | length u32
 *
 * Header, segments and blocks start at multiples of the alignment; the gaps are zero.
 */
import { createHash } from 'node:crypto';
import { MonoError } from '../../errors.js';
import {
  bytesOfKey,
  codecOfKey,
  HASH_BYTES,
  isBlockCodec,
  keyFromHash,
  type BlockKey,
} from '../block/block-id.js';
import { ENCODING } from '../compression/encode-block.js';
import { MAX_BLOCK_BYTES } from '../limits.js';

/** What a pack holds; decides its alignment. */
export type PackKind = 'data' | 'node';

const KINDS = {
  data: { code: 1, alignShift: 12 },
  node: { code: 2, alignShift: 0 },
} as const;

const HEADER_MAGIC = Buffer.from('MONOPACK', 'latin1');
const SEGMENT_MAGIC = Buffer.from('MSEG', 'latin1');
/** The versions of packs: in the first, every block is stored as it is. */
export const PACK_VERSION = { plain: 1, compressed: 2 } as const;
/** One of {@link PACK_VERSION}. */
export type PackVersion = (typeof PACK_VERSION)[keyof typeof PACK_VERSION];
const NEWEST_VERSION = PACK_VERSION.compressed;
/** Length of a pack's id in bytes; the file's name is its hex form. */
export const PACK_ID_BYTES = 16;
/** Length of the header before it is padded to the alignment, in bytes. */
export const HEADER_BYTES = 64;
const SEGMENT_HEAD_BYTES = 16;
const ENTRY_BYTES = 48;
/** Blocks in one segment at most: bounds the table that a reader takes into memory (3 MiB). */
export const MAX_SEGMENT_BLOCKS = 65_536;
/** The longest segment in bytes that a reader accepts. */
export const MAX_SEGMENT_BYTES = 64 * 1024 * 1024;
/** Length of the check behind the frame of a compressed block, in bytes; part of its stored length. */
export const FRAME_CHECK_BYTES = 8;

/** What decides how the segments of a pack are read. */
export interface PackForm {
  readonly kind: PackKind;
  readonly version: PackVersion;
}

/** What the header of a pack says. */
export interface PackHeader extends PackForm {
  /** 32 lower-case hex digits */
  readonly id: string;
}

/** One block of a segment. */
export interface SegmentEntry {
  readonly key: BlockKey;
  /** as in `ENCODING` */
  readonly encoding: number;
  /** from the start of the segment, in `bytes` */
  readonly offsetBytes: number;
  readonly storedBytes: number;
  /** length of the block itself in `bytes` */
  readonly sizeBytes: number;
}

/** A decoded segment table. */
export interface SegmentTable {
  readonly segmentBytes: number;
  readonly entries: readonly SegmentEntry[];
}

/** Where a segment stands; part of what its checksum covers, so that a stray copy is not taken for it. */
export interface SegmentPlace {
  readonly packId: string;
  readonly offsetBytes: number;
}

/** Returns the alignment of a kind of pack in bytes. */
export function alignmentOf(kind: PackKind): number {
  return 1 << KINDS[kind].alignShift;
}

/** Returns `sizeBytes` rounded up to the alignment of `kind`. */
export function alignUp(sizeBytes: number, kind: PackKind): number {
  const alignment = alignmentOf(kind);
  return Math.ceil(sizeBytes / alignment) * alignment;
}

/** Returns the offset of the first segment in bytes. */
export function firstSegmentOffset(kind: PackKind): number {
  return alignUp(HEADER_BYTES, kind);
}

/** Returns the length of a segment's table with its padding, in bytes. */
export function tableBytes(count: number, kind: PackKind): number {
  return alignUp(SEGMENT_HEAD_BYTES + count * ENTRY_BYTES + HASH_BYTES, kind);
}

/** Returns the header with its padding. */
export function encodeHeader(header: PackHeader): Uint8Array {
  const bytes = Buffer.alloc(firstSegmentOffset(header.kind));
  HEADER_MAGIC.copy(bytes, 0);
  bytes.writeUInt16LE(header.version, 8);
  bytes.writeUInt8(KINDS[header.kind].code, 10);
  bytes.writeUInt8(KINDS[header.kind].alignShift, 11);
  bytes.write(header.id, 16, 'hex');
  sha256(bytes.subarray(0, 32)).copy(bytes, 32);
  return bytes;
}

/**
 * Returns what the first {@link HEADER_BYTES} of a pack say.
 *
 * @throws {MonoError} `PACK_INVALID`, `STORE_FORMAT_UNSUPPORTED`
 */
export function parseHeader(bytes: Uint8Array, path: string): PackHeader {
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (header.length < HEADER_BYTES) throw invalid(path, 'it is shorter than a header');
  if (!header.subarray(0, 8).equals(HEADER_MAGIC)) throw invalid(path, 'it is no pack');
  const version = header.readUInt16LE(8);
  if (!isKnownVersion(version)) throw unsupported(path, version);
  if (!sha256(header.subarray(0, 32)).equals(header.subarray(32, 64))) {
    throw invalid(path, 'its header is damaged');
  }
  const kind = kindOf(header.readUInt8(10), header.readUInt8(11));
  if (!kind || header.readUInt32LE(12) !== 0) throw invalid(path, 'its header has unknown values');
  return { id: header.toString('hex', 16, 32), kind, version };
}

/** Returns the table of a segment with its padding. Offsets of `entries` count from the segment. */
export function encodeTable(table: SegmentTable, place: SegmentPlace, kind: PackKind): Uint8Array {
  const bytes = Buffer.alloc(tableBytes(table.entries.length, kind));
  SEGMENT_MAGIC.copy(bytes, 0);
  bytes.writeUInt32LE(table.entries.length, 4);
  bytes.writeUInt32LE(table.segmentBytes, 8);
  let offset = SEGMENT_HEAD_BYTES;
  for (const entry of table.entries) {
    bytesOfKey(entry.key).copy(bytes, offset, 1);
    bytes.writeUInt8(codecOfKey(entry.key), offset + 32);
    bytes.writeUInt8(entry.encoding, offset + 33);
    bytes.writeUInt32LE(entry.offsetBytes, offset + 36);
    bytes.writeUInt32LE(entry.storedBytes, offset + 40);
    bytes.writeUInt32LE(entry.sizeBytes, offset + 44);
    offset += ENTRY_BYTES;
  }
  checksum(place, bytes.subarray(0, offset)).copy(bytes, offset);
  return bytes;
}

/**
 * Returns how many bytes the table of a segment has, without padding, from its first 16 bytes;
 * `undefined` where no segment starts.
 */
export function tableBytesFrom(head: Uint8Array): number | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.length);
  if (bytes.length < SEGMENT_HEAD_BYTES || !bytes.subarray(0, 4).equals(SEGMENT_MAGIC)) {
    return undefined;
  }
  const count = bytes.readUInt32LE(4);
  if (count === 0 || count > MAX_SEGMENT_BLOCKS) return undefined;
  return SEGMENT_HEAD_BYTES + count * ENTRY_BYTES + HASH_BYTES;
}

/** Returns the table in `bytes`, or `undefined` unless it is whole, undamaged and consistent. */
export function parseTable(
  bytes: Uint8Array,
  place: SegmentPlace,
  { kind, version }: PackForm,
): SegmentTable | undefined {
  const length = tableBytesFrom(bytes);
  if (length === undefined || bytes.length < length) return undefined;
  const table = Buffer.from(bytes.buffer, bytes.byteOffset, length);
  const end = length - HASH_BYTES;
  if (!checksum(place, table.subarray(0, end)).equals(table.subarray(end))) return undefined;
  const segmentBytes = table.readUInt32LE(8);
  if (table.readUInt32LE(12) !== 0) return undefined;
  if (segmentBytes > MAX_SEGMENT_BYTES || segmentBytes % alignmentOf(kind) !== 0) return undefined;
  const entries: SegmentEntry[] = [];
  let free = alignUp(length, kind);
  for (let offset = SEGMENT_HEAD_BYTES; offset < end; offset += ENTRY_BYTES) {
    const entry = parseEntry(table, offset);
    if (!entry || !canHold(version, entry) || entry.offsetBytes !== free) return undefined;
    free = alignUp(entry.offsetBytes + entry.storedBytes, kind);
    entries.push(entry);
  }
  return free === segmentBytes ? { segmentBytes, entries } : undefined;
}

function parseEntry(table: Buffer, offset: number): SegmentEntry | undefined {
  const codec = table.readUInt8(offset + 32);
  const storedBytes = table.readUInt32LE(offset + 40);
  const sizeBytes = table.readUInt32LE(offset + 44);
  if (table.readUInt16LE(offset + 34) !== 0) return undefined;
  if (!isBlockCodec(codec) || sizeBytes > MAX_BLOCK_BYTES || storedBytes > MAX_BLOCK_BYTES) {
    return undefined;
  }
  return {
    key: keyFromHash(codec, table.subarray(offset, offset + HASH_BYTES)),
    encoding: table.readUInt8(offset + 33),
    offsetBytes: table.readUInt32LE(offset + 36),
    storedBytes,
    sizeBytes,
  };
}

/** Returns whether a pack of this version has blocks that are encoded so, in lengths that fit. */
function canHold(version: PackVersion, entry: SegmentEntry): boolean {
  const { encoding, storedBytes, sizeBytes } = entry;
  if (encoding === ENCODING.plain) return storedBytes === sizeBytes;
  if (version === PACK_VERSION.plain || encoding > ENCODING.zstd) return false;
  return storedBytes > FRAME_CHECK_BYTES && storedBytes < sizeBytes;
}

function isKnownVersion(version: number): version is PackVersion {
  return version >= PACK_VERSION.plain && version <= NEWEST_VERSION;
}

function kindOf(code: number, alignShift: number): PackKind | undefined {
  const kinds: readonly PackKind[] = ['data', 'node'];
  return kinds.find((kind) => KINDS[kind].code === code && KINDS[kind].alignShift === alignShift);
}

function checksum(place: SegmentPlace, table: Uint8Array): Buffer {
  const prefix = Buffer.alloc(PACK_ID_BYTES + 8);
  prefix.write(place.packId, 0, 'hex');
  prefix.writeBigUInt64LE(BigInt(place.offsetBytes), PACK_ID_BYTES);
  return createHash('sha256').update(prefix).update(table).digest();
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function invalid(path: string, state: string): MonoError {
  return new MonoError('PACK_INVALID', `Cannot read pack \`${path}\`: ${state}`, {
    details: { path },
  });
}

function unsupported(path: string, version: number): MonoError {
  return new MonoError(
    'STORE_FORMAT_UNSUPPORTED',
    `Cannot read pack \`${path}\`: its format has version ${version}, known is ${NEWEST_VERSION}`,
    {
      details: { path, version, known: NEWEST_VERSION },
      hint: 'Use the newer mono that wrote it.',
    },
  );
}
