import type { ByteString } from '../../base/bytes.js';
import type { AddedPath, Difference, RemovedPath } from './difference.js';
import { contentOf } from './difference.js';
import { EMPTY_DIRECTORY } from '../tree/directory.js';
import type { TreeEntry } from '../entry.js';

/** A removed path and an added one that have the same content. */
export interface RenamedPath {
  readonly kind: 'renamed';
  readonly from: ByteString;
  readonly path: ByteString;
  readonly before: TreeEntry;
  readonly after: TreeEntry;
}

/**
 * Returns `differences` with every removed path that has the content of an added one joined with it,
 * at the place of the added one. Files go by their content, directories by all that is below them;
 * what is empty goes by nothing. Among equals, the one with the same name is preferred, then the
 * first.
 */
export function findRenames(differences: readonly Difference[]): (Difference | RenamedPath)[] {
  const removed = new Map<string, RemovedPath[]>();
  for (const difference of differences) {
    const identity = difference.kind === 'removed' && identityOf(difference.before);
    if (identity) removed.set(identity, [...(removed.get(identity) ?? []), difference]);
  }
  const sources = new Map<AddedPath, RemovedPath>();
  for (const difference of differences) {
    const source = difference.kind === 'added' && takeSource(removed, difference);
    if (source) sources.set(difference, source);
  }
  const moved = new Set<Difference>(sources.values());
  return differences.flatMap((difference): (Difference | RenamedPath)[] => {
    if (moved.has(difference)) return [];
    const source = difference.kind === 'added' ? sources.get(difference) : undefined;
    if (difference.kind !== 'added' || source === undefined) return [difference];
    const { after, path } = difference;
    return [{ kind: 'renamed', from: source.path, path, before: source.before, after }];
  });
}

function takeSource(
  removed: ReadonlyMap<string, RemovedPath[]>,
  { after, path }: AddedPath,
): RemovedPath | undefined {
  const identity = identityOf(after);
  const candidates = identity === undefined ? undefined : removed.get(identity);
  if (candidates === undefined || candidates.length === 0) return undefined;
  const sameName = candidates.findIndex((candidate) => lastName(candidate.path) === lastName(path));
  return candidates.splice(Math.max(sameName, 0), 1)[0];
}

/** Returns what makes an entry recognisable at another path; `undefined` for what has no content. */
function identityOf(entry: TreeEntry): string | undefined {
  if (entry.kind === 'directory') {
    return entry.entries.equals(EMPTY_DIRECTORY)
      ? undefined
      : `directory ${entry.entries.toString()}`;
  }
  if (entry.kind !== 'file' || entry.sizeBytes === 0) return undefined;
  return `file ${contentOf(entry)}`;
}

function lastName(path: ByteString): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
