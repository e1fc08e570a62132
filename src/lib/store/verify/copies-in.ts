import { closeSync, openSync } from 'node:fs';
import { keyOfCid, type BlockKey } from '../block/block-id.js';
import type { BlockReader } from '../ipld-store.js';
import type { BlockRow } from '../pack/index/block-table.js';
import type { PackRow } from '../pack/index/pack-table.js';
import { segmentsOf } from '../pack/segments-of.js';
import { blockMissing } from '../store-errors.js';
import type { VerifyRun } from './verify-run.js';

/**
 * Returns a reader of the blocks `wanted` that looks past the index: for good bytes that stand
 * somewhere in the packs although no row, or a wrong one, leads there.
 */
export function copiesIn(
  run: VerifyRun,
  wanted: ReadonlySet<BlockKey>,
): Pick<BlockReader, 'getBlock'> {
  const copies = new Map<BlockKey, BlockRow>();
  if (wanted.size > 0) for (const pack of run.packs) addCopies(pack, { run, wanted, copies });
  return {
    getBlock(cid) {
      const key = keyOfCid(cid);
      const row = key === undefined ? undefined : copies.get(key);
      const block = key !== undefined && row ? run.read(key, row) : undefined;
      return block ? Promise.resolve(block.bytes) : Promise.reject(blockMissing(cid));
    },
  };
}

interface Search {
  readonly run: VerifyRun;
  readonly wanted: ReadonlySet<BlockKey>;
  readonly copies: Map<BlockKey, BlockRow>;
}

function addCopies(pack: PackRow, search: Search): void {
  const { run, wanted, copies } = search;
  let descriptor: number;
  try {
    descriptor = openSync(run.files.pathOf(pack.id), 'r');
  } catch {
    return;
  }
  try {
    for (const segment of segmentsOf(descriptor, pack, { endBytes: pack.size })) {
      for (const { key, offsetBytes, storedBytes, sizeBytes, encoding } of segment.entries) {
        if (!wanted.has(key) || copies.has(key)) continue;
        const offset = segment.offsetBytes + offsetBytes;
        const row = { pack: pack.pack, offset, stored: storedBytes, size: sizeBytes, encoding };
        if (run.read(key, row)) copies.set(key, row);
      }
    }
  } finally {
    closeSync(descriptor);
  }
}
