import type { GcResult } from '../ipld-store.js';
import type { BlockLedger } from './block-ledger.js';
import { alignUp, firstSegmentOffset, tableBytes, type PackKind } from './pack-format.js';
import type { PackRow } from './index/pack-table.js';
import { fitsSegment } from './segment.js';
import type { PackSizes } from './pack-sizes.js';

/** What a collection is going to do. */
export interface CollectionPlan {
  /** numbers of the blocks to be moved to new packs, in the order of their old places */
  readonly moves: Readonly<Record<PackKind, Uint32Array>>;
  /** packs whose file and row go once nothing live is in them */
  readonly removedPacks: readonly PackRow[];
  /** ids of pack files that have no row */
  readonly orphanIds: readonly string[];
  /** packs whose file is longer than what is committed */
  readonly tails: readonly PackRow[];
  readonly result: GcResult;
}

/** What planning looks at. */
export interface CollectionFacts {
  readonly ledger: BlockLedger;
  readonly packs: readonly PackRow[];
  readonly files: readonly { readonly id: string; readonly fileBytes: number }[];
  readonly sizes: PackSizes;
  /** ids of packs that are not rewritten */
  readonly fixedIds: ReadonlySet<string>;
}

/**
 * A pack is rewritten when what lives in it takes at most this part of it. At one half, rewriting
 * writes no more bytes than it frees.
 */
const REWRITE_BELOW = 0.5;

/** Decides, from the marks, which packs go, which are rewritten, and what that gives back. */
export function planCollection(facts: CollectionFacts): CollectionPlan {
  const { ledger, packs, files, sizes, fixedIds } = facts;
  const usage = usageByPack(ledger, packs);
  const dead = packs.filter((pack) => usage.get(pack.pack)?.liveBlocks === 0);
  const sparse = packs.filter(
    (pack) => !fixedIds.has(pack.id) && isSparse(pack, usage.get(pack.pack)),
  );
  const moves = { data: movesOf('data', ledger, sparse), node: movesOf('node', ledger, sparse) };
  const removedPacks = [...dead, ...sparse];
  const removedIds = new Set(removedPacks.map(({ id }) => id));
  const rows = new Map(packs.map((pack) => [pack.id, pack]));
  const orphans = files.filter(({ id }) => !rows.has(id));
  const tails: PackRow[] = [];
  let reclaimedBytes = orphans.reduce((sum, { fileBytes }) => sum + fileBytes, 0);
  for (const { id, fileBytes } of files) {
    const row = rows.get(id);
    if (!row) continue;
    const kept = removedIds.has(id) ? 0 : Math.min(row.size, fileBytes);
    reclaimedBytes += fileBytes - kept;
    if (kept > 0 && fileBytes > kept) tails.push(row);
  }
  reclaimedBytes -= packedBytes('data', moves.data, { ledger, sizes });
  reclaimedBytes -= packedBytes('node', moves.node, { ledger, sizes });
  const orphanIds = orphans.map(({ id }) => id);
  return {
    moves,
    removedPacks,
    orphanIds,
    tails,
    result: { ...countBlocks(ledger), reclaimedBytes },
  };
}

interface PackUsage {
  liveBlocks: number;
  /** stored length of the live blocks with their padding, in `bytes` */
  liveBytes: number;
}

function usageByPack(
  ledger: BlockLedger,
  packs: readonly PackRow[],
): ReadonlyMap<number, PackUsage> {
  const usage = new Map<number, PackUsage>();
  const kinds = new Map<number, PackKind>();
  for (const { pack, kind } of packs) {
    usage.set(pack, { liveBlocks: 0, liveBytes: 0 });
    kinds.set(pack, kind);
  }
  for (let number = 0; number < ledger.count; number++) {
    if (!ledger.isMarked(number)) continue;
    const pack = ledger.packOf(number);
    const entry = usage.get(pack);
    const kind = kinds.get(pack);
    if (!entry || !kind) continue;
    entry.liveBlocks += 1;
    entry.liveBytes += alignUp(ledger.storedBytes(number), kind);
  }
  return usage;
}

function isSparse(pack: PackRow, usage: PackUsage | undefined): boolean {
  if (!usage || usage.liveBlocks === 0) return false;
  const needed =
    firstSegmentOffset(pack.kind) + tableBytes(usage.liveBlocks, pack.kind) + usage.liveBytes;
  return needed <= pack.size * REWRITE_BELOW;
}

function movesOf(kind: PackKind, ledger: BlockLedger, sparse: readonly PackRow[]): Uint32Array {
  const packs = new Set(sparse.filter((pack) => pack.kind === kind).map(({ pack }) => pack));
  const moves: number[] = [];
  if (packs.size === 0) return new Uint32Array(0);
  for (let number = 0; number < ledger.count; number++) {
    if (ledger.isMarked(number) && packs.has(ledger.packOf(number))) moves.push(number);
  }
  return Uint32Array.from(moves).sort((a, b) => ledger.compareByPlace(a, b));
}

/** Returns how long new packs with these blocks will be: the arithmetic of the pack writer. */
function packedBytes(
  kind: PackKind,
  numbers: Uint32Array,
  context: Pick<CollectionFacts, 'ledger' | 'sizes'>,
): number {
  const { ledger, sizes } = context;
  const capacityBytes = sizes.segmentBytes[kind];
  let totalBytes = 0;
  let packEnd = Infinity;
  let segment = { count: 0, usedBytes: 0, capacityBytes };
  function endSegment(): void {
    const segmentBytes = tableBytes(segment.count, kind) + segment.usedBytes;
    if (packEnd + segmentBytes > sizes.packLimitBytes) {
      packEnd = firstSegmentOffset(kind);
      totalBytes += packEnd;
    }
    packEnd += segmentBytes;
    totalBytes += segmentBytes;
    segment = { count: 0, usedBytes: 0, capacityBytes };
  }
  for (const number of numbers) {
    const alignedBytes = alignUp(ledger.storedBytes(number), kind);
    if (!fitsSegment(segment, alignedBytes)) endSegment();
    segment.count += 1;
    segment.usedBytes += alignedBytes;
  }
  if (segment.count > 0) endSegment();
  return totalBytes;
}

function countBlocks(ledger: BlockLedger): Omit<GcResult, 'reclaimedBytes'> {
  let deletedBlocks = 0;
  let deletedBytes = 0;
  for (let number = 0; number < ledger.count; number++) {
    if (ledger.isMarked(number)) continue;
    deletedBlocks += 1;
    deletedBytes += ledger.sizeBytes(number);
  }
  return { deletedBlocks, deletedBytes, keptBlocks: ledger.count - deletedBlocks };
}
