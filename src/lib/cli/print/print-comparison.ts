import { escapeBytes } from '../../base/escape-bytes.js';
import type { ByteString } from '../../base/bytes.js';
import type { DifferenceSum, PathDifference } from '../../project/compare/compare-trees.js';
import { modeText } from '../../project/compare/entry-facts.js';
import type { TreeEntry } from '../../fs/entry.js';
import { formatBytes } from '../terminal/format-bytes.js';
import type { Output } from '../terminal/output.js';

const LETTERS = { added: 'A', removed: 'D', changed: 'M', renamed: 'R' } as const;

/** Prints what differs, one path a line, as `git diff --name-status` does, and what changed of it. */
export function printDifferences(output: Output, differences: readonly PathDifference[]): void {
  for (const difference of differences) {
    const { status, path, from, before, after } = difference;
    const names = [from, path].flatMap((name) =>
      name === undefined ? [] : [pathOf(name, after ?? before)],
    );
    const changes = before && after ? changesOf({ ...difference, before, after }) : [];
    const detail = changes.length > 0 ? `  ${changes.join(', ')}` : '';
    output.data(`${LETTERS[status]} ${names.join(' → ')}${detail}`);
  }
}

/** Prints how much differs, in one line. */
export function printDifferenceSum(output: Output, sum: DifferenceSum): void {
  const { added, removed, changed, renamed, addedBytes, removedBytes } = sum;
  const counts = `${added} added, ${removed} removed, ${changed} changed, ${renamed} renamed`;
  output.data(`${counts}; +${formatBytes(addedBytes)} -${formatBytes(removedBytes)}`);
}

/** Returns a path as a terminal may show it; a directory's ends with a slash. */
export function pathOf(path: ByteString, entry: TreeEntry | undefined): string {
  const isDirectory = entry?.kind === 'directory' && path !== '';
  return `/${escapeBytes(path)}${isDirectory ? '/' : ''}`;
}

interface StayedPath extends PathDifference {
  readonly before: TreeEntry;
  readonly after: TreeEntry;
}

function changesOf({ aspects, before, after }: StayedPath): string[] {
  return aspects.map((aspect) => {
    switch (aspect) {
      case 'type':
        return `type ${before.kind} → ${after.kind}`;
      case 'mode':
        return `mode ${modeText(before.mode)} → ${modeText(after.mode)}`;
      case 'owner':
        return `owner ${before.uid}:${before.gid} → ${after.uid}:${after.gid}`;
      case 'xattrs':
        return `xattr ${changedXattrs(before, after).join(' ')}`;
      case 'content':
      case 'time':
      case 'links':
        return aspect;
    }
  });
}

function changedXattrs(before: TreeEntry, after: TreeEntry): string[] {
  const names = [...new Set([...before.xattrs.keys(), ...after.xattrs.keys()])].sort();
  return names
    .filter((name) => !sameBytes(before.xattrs.get(name), after.xattrs.get(name)))
    .map(escapeBytes);
}

function sameBytes(left: Uint8Array | undefined, right: Uint8Array | undefined): boolean {
  return left !== undefined && right !== undefined && Buffer.from(left).equals(right);
}
