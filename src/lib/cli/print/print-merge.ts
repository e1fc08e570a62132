import { escapeBytes } from '../../base/escape-bytes.js';
import type { TreeEntry } from '../../fs/entry.js';
import { modeText } from '../../project/compare/entry-facts.js';
import type { VersionMerge } from '../../project/compare/merge-versions.js';
import { formatBytes } from '../terminal/format-bytes.js';
import type { Output } from '../terminal/output.js';
import { pathOf } from './print-comparison.js';

/** Prints the merged version, or each conflict with what the three sides have. */
export function printMerge(output: Output, { merged, conflicts }: VersionMerge): void {
  for (const { path, reason, base, ours, theirs, text } of conflicts) {
    output.data(`C ${pathOf(path, ours ?? theirs)}  ${reason}`);
    for (const [side, entry] of Object.entries({ base, ours, theirs })) {
      output.data(`    ${`${side}:`.padEnd(7)} ${entryText(entry)}`);
    }
    if (text) output.data(`    text:   ${placesText(text.conflictCount)}`);
  }
  if (!merged) {
    const count = `${conflicts.length} conflict${conflicts.length === 1 ? '' : 's'}`;
    output.talk(`${count}: nothing was kept`);
    return;
  }
  output.data(`root:    ${merged.root.toString()}`);
  output.data(`version: ${merged.version.toString()}`);
  const before = merged.replaced ? `, which was ${merged.replaced.toString()}` : '';
  output.talk(`Kept as ${merged.name}${before}`);
}

function placesText(count: number): string {
  return `both changed the same lines in ${count === 1 ? '1 place' : `${count} places`}`;
}

function entryText(entry: TreeEntry | undefined): string {
  if (entry === undefined) return 'nothing';
  const { kind, mode, uid, gid } = entry;
  const seconds = `${entry.mtime.seconds}.${String(entry.mtime.nanoseconds).padStart(9, '0')}`;
  const facts = [kind, modeText(mode), `${uid}:${gid}`, `@${seconds}`];
  if (kind === 'file') facts.push(formatBytes(entry.sizeBytes), entry.content.toString());
  if (kind === 'symlink') facts.push(`→ ${escapeBytes(entry.target)}`);
  return facts.join(' ');
}
