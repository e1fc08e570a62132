/** The disk with the root filesystem: an EROFS image, attached read-only. Paths are absolute. */
export type RootDisk =
  /** a file that is the disk */
  | { readonly format: 'raw'; readonly path: string }
  /** a disk that is put together from parts of files, as descriptors say, one for each VMM */
  | { readonly format: 'vmdk'; readonly descriptors: Readonly<Record<'qemu' | 'krun', string>> };

/** Returns the file that QEMU opens. */
export function qemuDiskPath(disk: RootDisk): string {
  return disk.format === 'raw' ? disk.path : disk.descriptors.qemu;
}

/** Returns the paths that stand in a disk. */
export function pathsOf(disk: RootDisk): string[] {
  return disk.format === 'raw' ? [disk.path] : Object.values(disk.descriptors);
}
