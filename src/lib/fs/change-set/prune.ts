import type { CID } from 'multiformats/cid';
import { commitChangeSet } from './change-set-commit.js';
import type { BuilderNode, DirectoryNode } from './change-set-node.js';
import { hasContent } from './change-set-node.js';
import { loadChangeSet } from './load-change-set.js';
import type { DirectoryEntry, TreeEntry } from '../entry.js';
import type { NodeStore } from '../node/node-store.js';
import { readTreeRoot } from '../node/root-node.js';
import { EMPTY_DIRECTORY, getDirectoryEntry } from '../tree/directory.js';

/**
 * Returns the root of `change` without the tombstones and opaque marks that hide nothing in the
 * complete tree `base`, and without the implicit directories that were there for them alone. Laid over
 * `base` it gives the same tree; over another base it need not.
 *
 * What goes through a symbolic link of the base stays as it is. Takes memory in proportion to the
 * change set, and reads of the base what the change set names.
 *
 * @throws {MonoError} as `getNode` and `putNode`; `STORE_NODE_INVALID`, `STORE_FORMAT_UNSUPPORTED`
 */
export async function prune(store: NodeStore, change: CID, base: CID): Promise<CID> {
  const { root, linked } = await loadChangeSet(store, change);
  const { directory } = await readTreeRoot(store, base);
  await pruneDirectory(store, root, directory);
  return commitChangeSet(store, root, linked);
}

/** `base` is the directory that shows below `node`, if any does. */
async function pruneDirectory(
  store: NodeStore,
  node: DirectoryNode,
  base: DirectoryEntry | undefined,
): Promise<void> {
  const hidesNothing = base === undefined || base.entries.equals(EMPTY_DIRECTORY);
  const visible = hidesNothing || node.opaque ? undefined : base;
  if (hidesNothing) node.opaque = false;
  for (const [name, child] of node.children) {
    const below = visible && (await getDirectoryEntry(store, visible, name));
    if (isNeedless(child, below)) node.children.delete(name);
    else if (child.kind === 'directory' && !leadsElsewhere(child, below)) {
      await pruneDirectory(store, child, below?.kind === 'directory' ? below : undefined);
    }
  }
}

function isNeedless(child: BuilderNode, base: TreeEntry | undefined): boolean {
  if (child.kind === 'tombstone') return base === undefined;
  if (child.kind !== 'directory' || base?.kind === 'directory') return false;
  return !hasContent(child) && !leadsElsewhere(child, base);
}

/** An implicit directory where the base has a symbolic link goes where that leads. */
function leadsElsewhere(child: DirectoryNode, base: TreeEntry | undefined): boolean {
  return child.attributes === undefined && base?.kind === 'symlink';
}
