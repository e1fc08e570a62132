import { createHash } from 'node:crypto';
import { redact } from '../../base/redact.js';
import { MonoError } from '../../errors.js';
import type { DiskExtent } from './mapped-image.js';

/**
 * A VMDK descriptor: the text that makes one disk of parts of files. A line for each part:
 *
 *     <access> <512-byte sectors> FLAT "<path>" <offset>
 *
 * Those who read it differ in more than one point.
 *
 * @see docs/formats/erofs-image.md#disk-descriptor
 * @see VMware, "Virtual Disk Format 1.1", "The Extent Description"
 */
const SECTOR_BYTES = 512;
/** Sectors in a cylinder of one head: every length is a multiple of it. */
const CYLINDER_SECTORS = 8;
/** QEMU reads a path into 512 bytes. */
const MAX_PATH_BYTES = 511;

/** Who reads a descriptor. */
export type DescriptorReader = 'qemu' | 'krun';

interface ReaderRules {
  readonly access: string;
  /** unit in which offsets of extents are counted, in `bytes` */
  readonly offsetUnitBytes: number;
  /** what a path cannot have in it */
  readonly unfitPath: RegExp;
}

const RULES: Readonly<Record<DescriptorReader, ReaderRules>> = {
  // QEMU passes over extents with any other access, and attaches the disk read-only all the same.
  qemu: { access: 'RW', offsetUnitBytes: SECTOR_BYTES, unfitPath: /["\r\n\0]/ },
  // libkrun's library opens RDONLY extents without write access; older releases split lines at any
  // space, and take the size of the disk from its geometry.
  krun: { access: 'RDONLY', offsetUnitBytes: 1, unfitPath: /["\s\0]/ },
};

/**
 * Returns the descriptor of the disk that consists of `extents`, for one kind of reader. The disk is
 * to be attached read-only.
 *
 * @throws {MonoError} `ROOTFS_LIMIT` when a path cannot stand in a descriptor
 */
export function vmdkDescriptor(extents: readonly DiskExtent[], reader: DescriptorReader): string {
  const lines = extents.map((extent) => extentLine(extent, RULES[reader]));
  const sectors = extents.reduce((sum, extent) => sum + extent.lengthBytes / SECTOR_BYTES, 0);
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
    `ddb.geometry.cylinders = "${sectors / CYLINDER_SECTORS}"`,
    'ddb.geometry.heads = "1"',
    `ddb.geometry.sectors = "${CYLINDER_SECTORS}"`,
    '',
  ].join('\n');
}

function extentLine(extent: DiskExtent, rules: ReaderRules): string {
  const { path, offsetBytes, lengthBytes } = extent;
  if (rules.unfitPath.test(path) || Buffer.byteLength(path) > MAX_PATH_BYTES) throw unfit(path);
  const sectors = lengthBytes / SECTOR_BYTES;
  return `${rules.access} ${sectors} FLAT "${path}" ${offsetBytes / rules.offsetUnitBytes}`;
}

/** An identity that changes with the extents; the highest value stands for "none". */
function contentId(lines: readonly string[]): string {
  const hash = createHash('sha256').update(lines.join('\n')).digest();
  return (hash.readUInt32LE() & 0x7fff_ffff).toString(16).padStart(8, '0');
}

function unfit(path: string): MonoError {
  return new MonoError(
    'ROOTFS_LIMIT',
    `Cannot describe a disk with a part in \`${redact(path)}\`: such a path cannot stand in a descriptor`,
    {
      details: { path: redact(path) },
      hint: `Move the store to a path of at most ${MAX_PATH_BYTES} bytes without spaces, quotation marks and line breaks.`,
    },
  );
}
