import { byteStringFromBytes, textOfByteString, type ByteString } from '../../base/bytes.js';
import { redact } from '../../base/redact.js';
import type { Timestamp } from '../../fs/entry.js';
import { tarFault } from './layer-fault.js';
import { parsePaxInteger, parsePaxTime, type PaxRecords } from './pax.js';
import type { TarEntry, TarEntryKind } from './tar-entry.js';
import type { TarHeader } from './tar-header.js';
import { xattrsOf } from './xattrs.js';

/** What stands before a header block and changes its meaning. */
export interface ExtendedHeaders {
  readonly records: PaxRecords;
  /** GNU `L`; outranks the pax record, as in Go's reader, which every OCI runtime uses */
  readonly longName: ByteString | undefined;
  /** GNU `K` */
  readonly longLinkName: ByteString | undefined;
}

/** The largest owner id. */
const MAX_ID = 0xffff_ffff;
/** The largest device number that a Linux filesystem stores: 12 bits major, 20 bits minor. */
const MAX_DEVICE = { major: 0xfff, minor: 0xf_ffff } as const;
const MODE_MASK = 0o7777;
const GNU_SPARSE_TYPE = 'S';
const GNU_SPARSE_RECORDS = 'GNU.sparse.';

const KINDS: Readonly<Record<string, TarEntryKind>> = {
  '0': 'file',
  // A file that some systems were to place contiguously.
  '7': 'file',
  '1': 'hardLink',
  '2': 'symlink',
  '3': 'characterDevice',
  '4': 'blockDevice',
  '5': 'directory',
  '6': 'fifo',
};

/**
 * Returns the entry, all but its content, that a header and what stood before it describe.
 *
 * @throws {LayerFault} `LAYER_INVALID` for an unknown type, a sparse file, and a value that is
 *   malformed or out of range
 */
export function composeEntry(
  header: TarHeader,
  extended: ExtendedHeaders,
): Omit<TarEntry, 'content'> {
  const { records } = extended;
  const name = extended.longName ?? string(records, 'path') ?? header.name;
  const sizeBytes = integer(records, 'size') ?? header.sizeBytes;
  refuseSparse(header, { name, records });
  const kind = kindOf(header, { name, sizeBytes });
  return {
    kind,
    name,
    linkName: extended.longLinkName ?? string(records, 'linkpath') ?? header.linkName,
    mode: header.mode & MODE_MASK,
    uid: inRange('uid', integer(records, 'uid') ?? header.uid, MAX_ID),
    gid: inRange('gid', integer(records, 'gid') ?? header.gid, MAX_ID),
    mtime: mtimeOf(header, records),
    xattrs: xattrsOf(records),
    ...deviceOf(header, kind),
    // Only files have content: what writers put into the size of a link means nothing.
    sizeBytes: kind === 'file' ? inRange('size', sizeBytes, Number.MAX_SAFE_INTEGER) : 0,
  };
}

function kindOf(
  header: TarHeader,
  entry: { readonly name: ByteString; readonly sizeBytes: number },
): TarEntryKind {
  const kind = KINDS[header.type];
  if (!kind) {
    throw tarFault(`${quoted(entry.name)} has the unknown type \`${redact(header.type)}\``);
  }
  // Before tar had a type for directories they were empty files with a slash at the end.
  if (kind === 'file' && entry.sizeBytes === 0 && entry.name.endsWith('/')) return 'directory';
  return kind;
}

function refuseSparse(
  header: TarHeader,
  entry: { readonly name: ByteString; readonly records: PaxRecords },
): void {
  let isSparse = header.type === GNU_SPARSE_TYPE;
  for (const key of entry.records.keys()) isSparse ||= key.startsWith(GNU_SPARSE_RECORDS);
  if (!isSparse) return;
  throw tarFault(`${quoted(entry.name)} is in GNU tar's sparse format, which is not supported`);
}

function deviceOf(
  header: TarHeader,
  kind: TarEntryKind,
): { readonly deviceMajor: number; readonly deviceMinor: number } {
  if (kind !== 'characterDevice' && kind !== 'blockDevice') {
    return { deviceMajor: 0, deviceMinor: 0 };
  }
  return {
    deviceMajor: inRange('device major', header.deviceMajor, MAX_DEVICE.major),
    deviceMinor: inRange('device minor', header.deviceMinor, MAX_DEVICE.minor),
  };
}

function mtimeOf(header: TarHeader, records: PaxRecords): Timestamp {
  const stated = valueOf(records, 'mtime');
  return stated ? parsePaxTime('mtime', stated) : { seconds: header.mtimeSeconds, nanoseconds: 0 };
}

function integer(records: PaxRecords, key: string): number | undefined {
  const value = valueOf(records, key);
  return value && parsePaxInteger(key, value);
}

function string(records: PaxRecords, key: string): ByteString | undefined {
  const value = valueOf(records, key);
  return value && byteStringFromBytes(value);
}

/** An empty value means that the header block's own field counts. */
function valueOf(records: PaxRecords, key: string): Uint8Array | undefined {
  const value = records.get(key as ByteString);
  return value && value.length > 0 ? value : undefined;
}

function inRange(field: string, value: number, maximum: number): number {
  if (value >= 0 && value <= maximum) return value;
  throw tarFault(`an entry's ${field} is ${value}, allowed is 0 to ${maximum}`);
}

function quoted(name: ByteString): string {
  return `\`${redact(textOfByteString(name))}\``;
}
