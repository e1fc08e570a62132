/**
 * The pins of a store in a file of their own, beside the index, which can be made anew from the
 * blocks but for them (`docs/formats/store-index.md`, "Record of pins"). Integers are little-endian.
 *
 *     magic 8 | version u16 | zero 2 | count u32 | count × (key 33 | pins u32) | sha-256 32
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { MonoError } from '../../errors.js';
import { ioError } from '../../io/io-error.js';
import {
  BLOCK_KEY_BYTES,
  bytesOfKey,
  HASH_BYTES,
  hashOf,
  isBlockCodec,
  keyFromBytes,
  type BlockKey,
} from '../block/block-id.js';

const MAGIC = Buffer.from('MONOPINS', 'latin1');
const VERSION = 1;
const HEAD_BYTES = 16;
const ENTRY_BYTES = BLOCK_KEY_BYTES + 4;

/** How often a block is pinned. */
export interface PinCount {
  readonly key: BlockKey;
  /** 1 or more */
  readonly count: number;
}

/**
 * Replaces the record at `path`, durably: at any moment it is the old one or the new one. One
 * process does so at a time.
 *
 * @throws {MonoError} `IO_FAILED`, `DISK_FULL`
 */
export function writePinRecord(path: string, pins: readonly PinCount[]): void {
  const temporaryPath = `${path}.tmp`;
  try {
    writeFileSync(temporaryPath, encodePins(pins), { flush: true });
    renameSync(temporaryPath, path);
    syncDirectory(dirname(path));
  } catch (error) {
    throw ioError(error, 'write', path);
  }
}

/**
 * Returns the pins in the record at `path`, none where there is no record.
 *
 * @throws {MonoError} `STORE_PINS_INVALID`, `STORE_FORMAT_UNSUPPORTED`, `IO_FAILED`
 */
export function readPinRecord(path: string): readonly PinCount[] {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw ioError(error, 'read', path);
  }
  const pins = parsePins(bytes, path);
  if (pins) return pins;
  throw new MonoError(
    'STORE_PINS_INVALID',
    `Cannot read the record of pins \`${path}\`: it is damaged`,
    {
      details: { path },
      hint: 'Remove the file to go on without the pins that it had.',
    },
  );
}

function encodePins(pins: readonly PinCount[]): Uint8Array {
  const bytes = Buffer.alloc(HEAD_BYTES + pins.length * ENTRY_BYTES + HASH_BYTES);
  MAGIC.copy(bytes);
  bytes.writeUInt16LE(VERSION, 8);
  bytes.writeUInt32LE(pins.length, 12);
  let offset = HEAD_BYTES;
  for (const { key, count } of pins) {
    bytesOfKey(key).copy(bytes, offset);
    bytes.writeUInt32LE(count, offset + BLOCK_KEY_BYTES);
    offset += ENTRY_BYTES;
  }
  bytes.set(hashOf(bytes.subarray(0, offset)), offset);
  return bytes;
}

function parsePins(bytes: Buffer, path: string): PinCount[] | undefined {
  const end = bytes.length - HASH_BYTES;
  if (end < HEAD_BYTES || !bytes.subarray(0, 8).equals(MAGIC)) return undefined;
  if (!bytes.subarray(end).equals(hashOf(bytes.subarray(0, end)))) return undefined;
  const version = bytes.readUInt16LE(8);
  if (version !== VERSION) throw unsupported(path, version);
  if (bytes.readUInt16LE(10) !== 0) return undefined;
  if (end !== HEAD_BYTES + bytes.readUInt32LE(12) * ENTRY_BYTES) return undefined;
  const pins: PinCount[] = [];
  for (let offset = HEAD_BYTES; offset < end; offset += ENTRY_BYTES) {
    const count = bytes.readUInt32LE(offset + BLOCK_KEY_BYTES);
    if (count === 0 || !isBlockCodec(bytes.readUInt8(offset))) return undefined;
    pins.push({ key: keyFromBytes(bytes.subarray(offset, offset + BLOCK_KEY_BYTES)), count });
  }
  return pins;
}

function syncDirectory(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function unsupported(path: string, version: number): MonoError {
  return new MonoError(
    'STORE_FORMAT_UNSUPPORTED',
    `Cannot read the record of pins \`${path}\`: its format has version ${version}, known is ${VERSION}`,
    { details: { path, version, known: VERSION }, hint: 'Use the newer mono that wrote it.' },
  );
}
