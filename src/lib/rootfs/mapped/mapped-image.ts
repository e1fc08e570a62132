/** A part of a file that is a part of a disk. */
export interface DiskExtent {
  /** absolute path */
  readonly path: string;
  /** multiple of 4096 */
  readonly offsetBytes: number;
  /** positive multiple of 4096 */
  readonly lengthBytes: number;
}

/**
 * A root filesystem whose file content stays where the store has it: a disk put together from
 * extents, the first of which is a small file with all the metadata. It is right for as long as the
 * store moves and deletes none of the blocks.
 */
export interface MappedImage {
  /** the parts of the disk, in order and without gaps */
  readonly extents: readonly DiskExtent[];
  /** size of the disk */
  readonly sizeBytes: number;
  /** what was written for it: metadata, and content copied to the side file */
  readonly writtenBytes: number;
  /** extended attributes of namespaces that no Linux filesystem has; they are not in the image */
  readonly omittedXattrs: number;
}
