/*
 * The 512-byte header block of a tar archive, in the dialects v7, ustar, star and GNU.
 *
 *   0 name 100 | 100 mode 8 | 108 uid 8 | 116 gid 8 | 124 size 12 | 136 mtime 12 | 148 checksum 8
 *   156 type 1 | 157 link name 100 | 257 magic and version 8 | 265 user name 32 | 297 group name 32
 *   329 device major 8 | 337 device minor 8 | 345 prefix 155 (ustar), 131 (star), none (GNU, v7)
 */
import { byteStringFromBytes, type ByteString } from '../../base/bytes.js';
import { tarFault } from './layer-fault.js';
import { parseTarNumber, type TarField } from './tar-number.js';

/** Size in `bytes` of a header block, and the unit to which content is padded. */
export const TAR_BLOCK_BYTES = 512;

/** A header block as it stands, before extended headers are applied. */
export interface TarHeader {
  readonly name: ByteString;
  readonly linkName: ByteString;
  /** the type flag as one character; `\0` is given as `0` */
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** size of the content in `bytes`; for `S` that of the data present */
  readonly sizeBytes: number;
  readonly mtimeSeconds: number;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
}

const MODE: TarField = { name: 'mode', offset: 100, length: 8 };
const UID: TarField = { name: 'uid', offset: 108, length: 8 };
const GID: TarField = { name: 'gid', offset: 116, length: 8 };
const SIZE: TarField = { name: 'size', offset: 124, length: 12 };
const MTIME: TarField = { name: 'mtime', offset: 136, length: 12 };
const CHECKSUM: TarField = { name: 'checksum', offset: 148, length: 8 };
const DEVICE_MAJOR: TarField = { name: 'device major', offset: 329, length: 8 };
const DEVICE_MINOR: TarField = { name: 'device minor', offset: 337, length: 8 };

const SPACE = 0x20;
const TYPE_OFFSET = 156;
const MAGIC_OFFSET = 257;
const PREFIX_OFFSET = 345;
const STAR_TRAILER_OFFSET = 508;

/**
 * Returns the header in `block`, which is 512 bytes long and not all zero.
 *
 * @throws {LayerFault} `LAYER_INVALID` when the checksum is wrong or a number cannot be read
 */
export function parseTarHeader(block: Uint8Array): TarHeader {
  checkSum(block);
  const type = block[TYPE_OFFSET] ?? 0;
  const dialect = dialectOf(block);
  const hasDevice = dialect !== 'v7';
  return {
    name: fullName(block, dialect),
    linkName: cString(block, 157, 100),
    type: type === 0 ? '0' : String.fromCharCode(type),
    mode: parseTarNumber(block, MODE),
    uid: parseTarNumber(block, UID),
    gid: parseTarNumber(block, GID),
    sizeBytes: parseTarNumber(block, SIZE),
    mtimeSeconds: parseTarNumber(block, MTIME),
    deviceMajor: hasDevice ? parseTarNumber(block, DEVICE_MAJOR) : 0,
    deviceMinor: hasDevice ? parseTarNumber(block, DEVICE_MINOR) : 0,
  };
}

/** Returns whether `block` holds nothing but zeros: the mark of the archive's end. */
export function isZeroBlock(block: Uint8Array): boolean {
  return block[0] === 0 && block.every((byte) => byte === 0);
}

/** Returns the bytes of a field up to its first NUL. */
export function cString(bytes: Uint8Array, offset: number, length: number): ByteString {
  const nul = bytes.indexOf(0, offset);
  const end = nul < 0 || nul > offset + length ? offset + length : nul;
  return byteStringFromBytes(bytes.subarray(offset, end));
}

type Dialect = 'ustar' | 'star' | 'gnu' | 'v7';

function dialectOf(block: Uint8Array): Dialect {
  const magic = byteStringFromBytes(block.subarray(MAGIC_OFFSET, MAGIC_OFFSET + 6)) as string;
  if (magic === 'ustar ') return 'gnu';
  if (magic !== 'ustar\0') return 'v7';
  const trailer = byteStringFromBytes(block.subarray(STAR_TRAILER_OFFSET)) as string;
  return trailer === 'tar\0' ? 'star' : 'ustar';
}

function fullName(block: Uint8Array, dialect: Dialect): ByteString {
  const name = cString(block, 0, 100);
  if (dialect === 'gnu' || dialect === 'v7') return name;
  const prefix = cString(block, PREFIX_OFFSET, dialect === 'star' ? 131 : 155);
  return prefix === '' ? name : (`${prefix}/${name}` as ByteString);
}

/**
 * The sum of all bytes, those of the checksum itself counted as spaces. Some old writers summed
 * signed bytes; like other readers, this accepts both.
 */
function checkSum(block: Uint8Array): void {
  const { offset, length } = CHECKSUM;
  const field = sumOf(block, offset, offset + length);
  const unsigned = sumOf(block, 0, TAR_BLOCK_BYTES) - field + length * SPACE;
  const stated = parseTarNumber(block, CHECKSUM);
  if (stated === unsigned) return;
  const highBytes = block.filter((byte) => byte > 127).length;
  const highInField = block.subarray(offset, offset + length).filter((byte) => byte > 127).length;
  if (stated !== unsigned - (highBytes - highInField) * 256) {
    throw tarFault('a header has a wrong checksum');
  }
}

function sumOf(block: Uint8Array, from: number, to: number): number {
  let sum = 0;
  for (let at = from; at < to; at++) sum += block[at] as number;
  return sum;
}
