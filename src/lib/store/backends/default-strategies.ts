import type { Chunker } from '../chunkers/chunker.js';
import { fastCdc } from '../chunkers/fast-cdc.js';
import type { Layout } from '../layouts/layout.js';
import { balancedDag } from '../layouts/balanced-dag.js';

/** How a store turns byte sequences into blocks. Two stores with equal strategies make equal CIDs. */
export interface ByteStrategies {
  /** by default {@link defaultChunker} */
  readonly chunker?: Chunker;
  /** by default {@link defaultLayout} */
  readonly layout?: Layout;
}

const KIB = 1024;

/**
 * Returns the chunker of stores by default: FastCDC, 32-128-512 KiB, cuts at multiples of the page
 * size so that a VM's disk can map the chunks in place. The sizes are part of what makes CIDs equal
 * everywhere; `docs/design/0002-store-and-packs.md` has the measurements behind them.
 */
export function defaultChunker(): Chunker {
  return fastCdc({
    minBytes: 32 * KIB,
    targetBytes: 128 * KIB,
    maxBytes: 512 * KIB,
    alignBytes: 4 * KIB,
  });
}

/** Returns the layout of stores by default. */
export function defaultLayout(): Layout {
  return balancedDag();
}
