import type { CID } from 'multiformats/cid';
import type { ByteString } from '../../base/bytes.js';
import { commitChangeSet } from '../change-set/change-set-commit.js';
import type { DirectoryNode } from '../change-set/change-set-node.js';
import { newDirectory, packEntry } from '../change-set/change-set-node.js';
import type { DirectoryEntry, LeafEntry } from '../entry.js';
import { attributesOf } from '../entry.js';
import { invariant } from '../../errors.js';
import { readLeaders } from '../links/link-table.js';
import type { NodeStore } from '../node/node-store.js';
import { readTreeRoot } from '../node/root-node.js';
import { joinPath, splitPath } from '../path.js';
import { readDirectory } from '../tree/directory.js';
import { lookupFrom } from '../tree/lookup.js';

/**
 * Stores the change set that puts directories of the complete tree `base` at other paths as well, and
 * returns its root. `renamed` has the paths in the base by the new paths, a directory before what it
 * has. Files with several names stay hard links to the base's.
 *
 * @throws {MonoError} as `getNode` and `putNode`; `STORE_NODE_INVALID`
 */
export async function renamedDirectories(
  store: NodeStore,
  base: CID,
  renamed: ReadonlyMap<ByteString, ByteString>,
): Promise<CID> {
  const { directory, links } = await readTreeRoot(store, base);
  const leaders = await readLeaders(store, links);
  const root = newDirectory(undefined, false);
  for (const [path, lower] of renamed) {
    const entry = await lookupFrom(store, directory, splitPath(lower));
    invariant(entry?.kind === 'directory', 'what was renamed is a directory of the base');
    const copy = await copyOf({ store, leaders }, lower, entry);
    copy.opaque = true;
    put(root, splitPath(path), copy);
  }
  return commitChangeSet(store, root, new Set());
}

interface CopyContext {
  readonly store: NodeStore;
  readonly leaders: ReadonlyMap<ByteString, ByteString>;
}

async function copyOf(
  context: CopyContext,
  path: ByteString,
  entry: DirectoryEntry,
): Promise<DirectoryNode> {
  const node = newDirectory(attributesOf(entry), false);
  for (const { name, entry: child } of await readDirectory(context.store, entry)) {
    const at = joinPath(path, name);
    const copy =
      child.kind === 'directory'
        ? await copyOf(context, at, child)
        : copyOfLeaf(context, at, child);
    node.children.set(name, copy);
  }
  return node;
}

function copyOfLeaf(context: CopyContext, path: ByteString, entry: LeafEntry) {
  if (!context.leaders.has(path)) return packEntry(entry);
  return { kind: 'baseLink', target: path } as const;
}

function put(root: DirectoryNode, names: readonly ByteString[], node: DirectoryNode): void {
  let here = root;
  for (const [index, name] of names.entries()) {
    const present = here.children.get(name);
    const isLast = index === names.length - 1;
    const child = isLast
      ? node
      : present?.kind === 'directory'
        ? present
        : newDirectory(undefined, false);
    here.children.set(name, child);
    here = child;
  }
}
