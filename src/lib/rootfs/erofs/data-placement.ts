/** Block addresses of a file that is not stored in consecutive blocks. */
export interface ChunkMap {
  /** log2 of the number of blocks in a chunk */
  readonly chunkBits: number;
  /** first block of each chunk, counted from the start of the data area */
  readonly blocks: Uint32Array;
}

/**
 * Where the content of every regular file goes. Blocks are counted from the start of the data area,
 * which follows the metadata, so that a placement is decided before the metadata has a size.
 */
export interface DataPlacement {
  /** one of `LAYOUT`, by inode; meaningful for regular files */
  readonly layouts: Uint8Array;
  /** first block of the consecutive blocks, by inode; meaningful for regular files that have some */
  readonly firstBlocks: Uint32Array;
  /** by inode: every regular file whose layout is `LAYOUT.chunkBased` */
  readonly chunkMaps: ReadonlyMap<number, ChunkMap>;
  /** length of the data area in blocks */
  readonly dataBlocks: number;
  /** whether the data area is a part of the image file, or found elsewhere by what reads it */
  readonly dataInImage: boolean;
}
