import type { MergeConflict } from '../../fs/merge/merge-trees.js';
import type { DifferenceSum, PathDifference, TreeComparison } from './compare-trees.js';
import { factsOf, pathText, type EntryFacts, type PathText } from './entry-facts.js';
import type { FoundTree } from './find-tree.js';
import type { VersionMerge } from './merge-versions.js';

/** A tree as JSON names it. */
export interface TreeDocument {
  /** what was asked for */
  readonly target: string;
  readonly root: string;
  /** CID of the version; `null` when an image or a bare tree was named */
  readonly version: string | null;
}

/** What is different at one path. */
export interface DifferenceDocument extends PathText {
  readonly status: PathDifference['status'];
  /** where a renamed path was before; `null` for anything else */
  readonly from: PathText | null;
  readonly aspects: PathDifference['aspects'];
  readonly before: EntryFacts | null;
  readonly after: EntryFacts | null;
}

/** How two trees differ; `mono diff --json` prints it. */
export interface ComparisonDocument {
  readonly before: TreeDocument;
  readonly after: TreeDocument;
  readonly differences: readonly DifferenceDocument[];
  readonly sum: DifferenceSum;
}

/** A path about which two sides disagree; a side that does not have it is `null`. */
export interface ConflictDocument extends PathText {
  readonly reason: MergeConflict['reason'];
  readonly base: EntryFacts | null;
  readonly ours: EntryFacts | null;
  readonly theirs: EntryFacts | null;
  /**
   * the merged text, with markers where both sides changed the same lines (U+FFFD stands for what is
   * not UTF-8); `null` for what was not merged as text
   */
  readonly text: string | null;
}

/** The outcome of a merge; `mono merge --json` prints it. */
export interface MergeDocument {
  readonly ours: TreeDocument;
  readonly theirs: TreeDocument;
  readonly base: TreeDocument;
  /** `null` when there are conflicts */
  readonly merged: {
    readonly root: string;
    readonly version: string;
    readonly name: string;
    /** CID of the version that had the name before; `null` when none had */
    readonly replaced: string | null;
  } | null;
  readonly conflicts: readonly ConflictDocument[];
}

/** Returns `comparison` as JSON has it. */
export function comparisonDocument(comparison: TreeComparison): ComparisonDocument {
  const { before, after, differences, sum } = comparison;
  return {
    before: treeDocument(before),
    after: treeDocument(after),
    differences: differences.map((difference) => ({
      status: difference.status,
      ...pathText(difference.path),
      from: difference.from === undefined ? null : pathText(difference.from),
      aspects: difference.aspects,
      before: factsOf(difference.before),
      after: factsOf(difference.after),
    })),
    sum,
  };
}

/** Returns `merge` as JSON has it. */
export function mergeDocument({
  ours,
  theirs,
  base,
  merged,
  conflicts,
}: VersionMerge): MergeDocument {
  return {
    ours: treeDocument(ours),
    theirs: treeDocument(theirs),
    base: treeDocument(base),
    merged: merged
      ? {
          root: merged.root.toString(),
          version: merged.version.toString(),
          name: merged.name,
          replaced: merged.replaced?.toString() ?? null,
        }
      : null,
    conflicts: conflicts.map((conflict) => ({
      reason: conflict.reason,
      ...pathText(conflict.path),
      base: factsOf(conflict.base),
      ours: factsOf(conflict.ours),
      theirs: factsOf(conflict.theirs),
      text: conflict.text ? Buffer.from(conflict.text.bytes).toString('utf8') : null,
    })),
  };
}

function treeDocument({ target, root, version }: FoundTree): TreeDocument {
  return { target, root: root.toString(), version: version?.toString() ?? null };
}
