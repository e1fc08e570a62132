import { createHash } from 'node:crypto';
import { MonoError } from '../../errors.js';
import type { DiskExtent } from './mapped-image.js';

/**
 * A VMDK descriptor: the text that makes one disk of parts of files. Lines have the form
 *
 *     RW <512-byte sectors> FLAT "<path>" <offset>
 *
 * where VMMs disagree on the unit of the offset.
 *
 * @see VMware, "Virtual Disk Format 1.1", "The Extent Description"
 */
const SECTOR_BYTES = 512;
/** QEMU reads a path into 512 bytes. */
const MAX_PATH_BYTES = 511;

/** Who reads a descriptor. */
export type DescriptorReader = 'qemu' | 'krun';

/** Bytes in the unit in which a reader counts offsets of extents. */
const OFFSET_UNIT_BYTES: Readonly<Record<DescriptorReader, number>> = {
  qemu: SECTOR_BYTES,
  krun: 1,
};

/**
 * Returns the descriptor of the disk that consists of `extents`, for one kind of reader. The disk is
 * to be attached read-only: both readers know no other kind of extent than `RW`.
 *
 * @throws {MonoError} `ROOTFS_LIMIT` when a path cannot stand in a descriptor
 */
export function vmdkDescriptor(extents: readonly DiskExtent[], reader: DescriptorReader): string {
  const lines = extents.map((extent) => extentLine(extent, OFFSET_UNIT_BYTES[reader]));
  return [
    '# Disk DescriptorFile',
    'version=1',
    `CID=${contentId(lines)}`,
    'parentCID=ffffffff',
    'createType="twoGbMaxExtentFlat"',
    '',
    '# Extent description',
    ...lines,
    '',
    '# The Disk Data Base',
    '#DDB',
    'ddb.virtualHWVersion = "4"',
    'ddb.adapterType = "ide"',
    '',
  ].join('\n');
}

function extentLine({ path, offsetBytes, lengthBytes }: DiskExtent, unitBytes: number): string {
  if (/["\r\n\0]/.test(path) || Buffer.byteLength(path) > MAX_PATH_BYTES) throw unfit(path);
  return `RW ${lengthBytes / SECTOR_BYTES} FLAT "${path}" ${offsetBytes / unitBytes}`;
}

/** An identity that changes with the extents; the highest value stands for "none". */
function contentId(lines: readonly string[]): string {
  const hash = createHash('sha256').update(lines.join('\n')).digest();
  return (hash.readUInt32LE() & 0x7fff_ffff).toString(16).padStart(8, '0');
}

function unfit(path: string): MonoError {
  return new MonoError(
    'ROOTFS_LIMIT',
    `Cannot describe a disk with a part in \`${path}\`: the path has more than ${MAX_PATH_BYTES} bytes, a quotation mark or a line break`,
    { details: { path }, hint: 'Move the store to another directory.' },
  );
}
