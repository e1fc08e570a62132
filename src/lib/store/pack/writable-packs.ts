import type { BlockCoder } from '../compression/block-coder.js';
import type { PackIndex } from './index/pack-index.js';
import type { PackFiles } from './pack-files.js';
import type { PackSizes } from './pack-sizes.js';

/** What writing blocks needs of a packed store. */
export interface WritablePacks {
  readonly index: PackIndex;
  readonly files: PackFiles;
  readonly sizes: PackSizes;
  readonly coder: BlockCoder;
  /** row of the session that owns the packs it appends to */
  readonly session: () => number;
}
