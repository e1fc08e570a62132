import { byteStringFromText, type ByteString } from '../../base/bytes.js';
import { redact } from '../../base/redact.js';
import { MonoError } from '../../errors.js';
import { diffTrees, pathsBelow } from '../../fs/diff/diff-trees.js';
import {
  aspectsOf,
  type AddedPath,
  type ChangedPath,
  type RemovedPath,
} from '../../fs/diff/difference.js';
import type { TreeEntry } from '../../fs/entry.js';
import { isBelow, splitPath } from '../../fs/path.js';
import type { SandboxChanges } from './sandbox-changes.js';

/** One change to a directory of the host. */
export interface ApplyStep {
  /** `omit`: what a host is not given, such as devices */
  readonly action: 'write' | 'delete' | 'omit';
  /** below the directory of the host, and in it, without leading slash */
  readonly path: ByteString;
  /** what is written; for a deletion, what the sandbox began with */
  readonly entry: TreeEntry;
}

/** What trees are compared in. */
type ComparedStore = Parameters<typeof diffTrees>[0];

/**
 * Returns what brings a directory of the host from what the sandbox began with below `path` to what it
 * is now: deletions first, the deepest first; then what is written, a directory before what it has.
 *
 * @throws {MonoError} `USAGE_INVALID` for a path that is not absolute or not plain; as `diffTrees`
 */
export async function planApply(
  store: ComparedStore,
  { base, after }: SandboxChanges,
  path: string,
): Promise<ApplyStep[]> {
  const top = topOf(path);
  const deletions: ApplyStep[] = [];
  const writes: ApplyStep[] = [];
  for await (const [before, now, at] of pairs(store, { base, after })) {
    if (!isBelow(at, top)) continue;
    const below = (top === '' ? at : at.slice(top.length + 1)) as ByteString;
    if (before && before.kind !== now?.kind) {
      deletions.push({ action: 'delete', path: below, entry: before });
    }
    if (now) writes.push({ action: isPortable(now) ? 'write' : 'omit', path: below, entry: now });
  }
  return [...deletions.reverse(), ...writes];
}

function topOf(path: string): ByteString {
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  if (!path.startsWith('/') || names.includes('..')) {
    throw new MonoError('USAGE_INVALID', `Cannot apply \`${redact(path)}\`: not an absolute path`, {
      hint: 'Write a path as the sandbox has it: `--from /app`.',
    });
  }
  const top = byteStringFromText(names.join('/'));
  splitPath(top);
  return top;
}

type Pair = readonly [before: TreeEntry | undefined, now: TreeEntry | undefined, at: ByteString];

/** Every path that differs, those below directories that only one side has too. */
async function* pairs(store: ComparedStore, trees: SandboxChanges): AsyncGenerator<Pair, void> {
  for await (const difference of diffTrees(store, trees.base.root, trees.after.root)) {
    if (difference.kind === 'relinked') continue;
    const [before, now, path] = pairOf(difference);
    if (before && now && isUnchanged(before, now)) continue;
    yield [before, now, path];
    if (before?.kind === now?.kind) continue;
    for await (const it of below(store, path, before)) yield [it.entry, undefined, it.path];
    for await (const it of below(store, path, now)) yield [undefined, it.entry, it.path];
  }
}

function pairOf(difference: AddedPath | RemovedPath | ChangedPath): Pair {
  const before = difference.kind === 'added' ? undefined : difference.before;
  const now = difference.kind === 'removed' ? undefined : difference.after;
  return [before, now, difference.path];
}

async function* below(
  store: ComparedStore,
  path: ByteString,
  entry: TreeEntry | undefined,
): ReturnType<typeof pathsBelow> {
  if (entry?.kind === 'directory') yield* pathsBelow(store, path, entry);
}

/** Times, owners and attributes of a guest mean nothing on the host. */
function isUnchanged(before: TreeEntry, now: TreeEntry): boolean {
  return !aspectsOf(before, now).some((it) => ['type', 'mode', 'content'].includes(it));
}

function isPortable({ kind }: TreeEntry): boolean {
  return kind === 'file' || kind === 'directory' || kind === 'symlink';
}
