/*
 * Header blocks of the POSIX ustar format, and the pax records that say what a header cannot.
 * @see POSIX.1-2017 pax, "ustar Interchange Format" and "pax Extended Header"
 */
import { bytesOfByteString, type ByteString } from '../../base/bytes.js';

/** Size of a tar block in `bytes`; everything starts at a multiple of it. */
export const TAR_BLOCK_BYTES = 512;

/** What a header block says. */
export interface HeaderFields {
  readonly type: string;
  readonly name: ByteString;
  readonly linkName: ByteString;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  /** whole seconds since the epoch */
  readonly mtimeSeconds: number;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
}

/** The longest name and target of a link in a header, in `bytes`. */
export const MAX_NAME_FIELD_BYTES = 100;
/** The largest owner in a header: seven octal digits. */
export const MAX_ID_FIELD = 0o7777777;
/** The largest size and time in a header: eleven octal digits. */
export const MAX_NUMBER_FIELD = 0o77777777777;

/** Where the checksum stands; it counts as blanks while it is computed. */
const CHECKSUM = { offset: 148, length: 8 } as const;

/** Returns the header block of `fields`. What does not fit is cut: a pax record must say it. */
export function headerBlock(fields: HeaderFields): Uint8Array {
  const block = Buffer.alloc(TAR_BLOCK_BYTES);
  block.write(fields.name.slice(0, MAX_NAME_FIELD_BYTES), 0, 'latin1');
  writeOctal(block, 100, [fields.mode, 8]);
  writeOctal(block, 108, [fields.uid, 8]);
  writeOctal(block, 116, [fields.gid, 8]);
  writeOctal(block, 124, [fields.sizeBytes, 12]);
  writeOctal(block, 136, [fields.mtimeSeconds, 12]);
  block.write(fields.type, 156, 'latin1');
  block.write(fields.linkName.slice(0, MAX_NAME_FIELD_BYTES), 157, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  writeOctal(block, 329, [fields.deviceMajor, 8]);
  writeOctal(block, 337, [fields.deviceMinor, 8]);
  block.fill(' ', CHECKSUM.offset, CHECKSUM.offset + CHECKSUM.length);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, CHECKSUM.offset, 'latin1');
  return block;
}

/** Writes a number that leaves room for a NUL; 0 where it does not fit, since a record says it then. */
function writeOctal(block: Buffer, offset: number, [value, fieldBytes]: [number, number]): void {
  const digits = fieldBytes - 1;
  const fitting = value >= 0 && value < 8 ** digits ? value : 0;
  block.write(fitting.toString(8).padStart(digits, '0'), offset, 'latin1');
}

/** Returns one pax record: `LENGTH SP KEY=VALUE LF`, where LENGTH counts all of it. */
export function paxRecord(key: ByteString, value: Uint8Array): Uint8Array {
  const restBytes = ' '.length + key.length + '='.length + value.length + '\n'.length;
  let lengthBytes = restBytes + String(restBytes).length;
  lengthBytes = restBytes + String(lengthBytes).length;
  const head = bytesOfByteString(`${lengthBytes} ${key}=` as ByteString);
  return Buffer.concat([head, value, Buffer.from('\n')]);
}

/** Returns the zeros that fill the last block of `sizeBytes`. */
export function paddingAfter(sizeBytes: number): Uint8Array {
  return new Uint8Array((TAR_BLOCK_BYTES - (sizeBytes % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES);
}
