import type { ByteString } from '../../base/bytes.js';
import { diffTrees, pathsBelow } from '../../fs/diff/diff-trees.js';
import type { Aspect, Difference } from '../../fs/diff/difference.js';
import { aspectsOf } from '../../fs/diff/difference.js';
import type { RenamedPath } from '../../fs/diff/find-renames.js';
import { findRenames } from '../../fs/diff/find-renames.js';
import type { TreeEntry } from '../../fs/entry.js';
import type { EncodedNodeReader } from '../../fs/node/node-store.js';
import { compareWalk } from '../../fs/path.js';
import { lookup } from '../../fs/tree/lookup.js';
import type { NodeReader } from '../../store/ipld-store.js';
import type { FoundTree } from './find-tree.js';

/** What is different at one path. */
export interface PathDifference {
  readonly status: 'added' | 'removed' | 'changed' | 'renamed';
  readonly path: ByteString;
  /** where a renamed path was before */
  readonly from?: ByteString;
  /** what is different of a path that stayed or was renamed; `links`: the file has other names */
  readonly aspects: readonly (Aspect | 'links')[];
  readonly before: TreeEntry | undefined;
  readonly after: TreeEntry | undefined;
}

/** How much is different. */
export interface DifferenceSum {
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  readonly renamed: number;
  /** size of the files that are new or have new content, each name counted */
  readonly addedBytes: number;
  /** size of the files that are gone or had other content, each name counted */
  readonly removedBytes: number;
}

/** How two trees differ. */
export interface TreeComparison {
  readonly before: FoundTree;
  readonly after: FoundTree;
  /** every path, those below added and removed directories too, in the order of a walk */
  readonly differences: readonly PathDifference[];
  readonly sum: DifferenceSum;
}

/**
 * Compares two trees. A path that was renamed is one difference, with all that is below it.
 *
 * @throws {MonoError} as `diffTrees`
 */
export async function compareTrees(
  store: EncodedNodeReader,
  before: FoundTree,
  after: FoundTree,
): Promise<TreeComparison> {
  const found: Difference[] = [];
  for await (const difference of diffTrees(store, before.root, after.root)) found.push(difference);
  const byPath = new Map<ByteString, PathDifference>();
  let isOrdered = true;
  for (const difference of findRenames(found)) {
    if (difference.kind === 'relinked') {
      const { path } = difference;
      const known = byPath.get(path);
      isOrdered &&= known !== undefined;
      const item = known ?? {
        ...{ status: 'changed' as const, path, aspects: [] },
        before: await lookup(store, before.root, path),
        after: await lookup(store, after.root, path),
      };
      byPath.set(path, { ...item, aspects: [...item.aspects, 'links'] });
      continue;
    }
    for await (const item of expand(store, difference)) byPath.set(item.path, item);
  }
  const differences = [...byPath.values()];
  if (!isOrdered) differences.sort((left, right) => compareWalk(left.path, right.path));
  return { before, after, differences, sum: sumOf(differences) };
}

/** A directory that only one side has stands for all that it has. */
async function* expand(
  store: NodeReader,
  difference: Exclude<Difference | RenamedPath, { kind: 'relinked' }>,
): AsyncGenerator<PathDifference> {
  const item = itemOf(difference);
  yield item;
  if (item.status === 'renamed' || item.before?.kind === item.after?.kind) return;
  for (const [status, entry] of [
    ['removed', item.before],
    ['added', item.after],
  ] as const) {
    if (entry?.kind !== 'directory') continue;
    for await (const below of pathsBelow(store, item.path, entry)) {
      const sides = status === 'added' ? [undefined, below.entry] : [below.entry, undefined];
      const [before, after] = sides;
      yield { status, path: below.path, aspects: [], before, after };
    }
  }
}

function itemOf(
  difference: Exclude<Difference | RenamedPath, { kind: 'relinked' }>,
): PathDifference {
  const { kind, path } = difference;
  switch (difference.kind) {
    case 'added':
      return { status: 'added', path, aspects: [], before: undefined, after: difference.after };
    case 'removed':
      return { status: 'removed', path, aspects: [], before: difference.before, after: undefined };
    default: {
      const { before, after } = difference;
      const aspects = aspectsOf(before, after);
      const status = kind === 'renamed' ? 'renamed' : 'changed';
      const from = difference.kind === 'renamed' ? { from: difference.from } : {};
      return { status, path, ...from, aspects, before, after };
    }
  }
}

function sumOf(differences: readonly PathDifference[]): DifferenceSum {
  const counts = { added: 0, removed: 0, changed: 0, renamed: 0 };
  let [addedBytes, removedBytes] = [0, 0];
  for (const { status, aspects, before, after } of differences) {
    counts[status] += 1;
    const isSame = !aspects.includes('content') && !aspects.includes('type');
    if ((status === 'changed' || status === 'renamed') && isSame) continue;
    addedBytes += sizeOf(after);
    removedBytes += sizeOf(before);
  }
  return { ...counts, addedBytes, removedBytes };
}

function sizeOf(entry: TreeEntry | undefined): number {
  return entry?.kind === 'file' ? entry.sizeBytes : 0;
}
