import type { CID } from 'multiformats/cid';
import { emptyDirectory } from '../tree/directory.js';
import { IMPLICIT_ATTRIBUTES } from '../entry.js';
import type { NodeStore } from '../node/node-store.js';
import { overlay } from './overlay.js';
import type { ChangeRoot, TreeRoot } from '../node/root-node.js';
import { readRoot, writeRoot } from '../node/root-node.js';

/**
 * Applies change sets to each other, the base first, and returns the root of the complete tree that
 * results: no tombstones, no opaque marks, nothing implicit. Any of them may itself be a complete
 * tree. The result depends on the change sets alone.
 *
 * Costs in proportion to what the change sets after the first mention: subtrees that only one of
 * them has are taken over by CID, unread.
 *
 * @throws {MonoError} as `getNode` and `putNode`; `STORE_NODE_INVALID`; `FS_NOT_FOUND` when a hard
 *   link leads to nothing, `FS_IS_A_DIRECTORY` when it leads to a directory
 */
export async function flatten(store: NodeStore, changes: readonly CID[]): Promise<CID> {
  const [first, ...rest] = changes;
  let tree = await baseTree(store, first);
  for (const cid of rest) tree = await overlay(store, tree, await readRoot(store, cid));
  return writeRoot(store, tree);
}

async function baseTree(store: NodeStore, cid: CID | undefined): Promise<TreeRoot> {
  const empty: TreeRoot = {
    directory: {
      kind: 'directory',
      ...IMPLICIT_ATTRIBUTES,
      entries: await emptyDirectory(store),
    },
    links: undefined,
  };
  if (cid === undefined) return empty;
  const root = await readRoot(store, cid);
  return isTree(root) ? root : overlay(store, empty, root);
}

function isTree(root: ChangeRoot): root is TreeRoot {
  return root.directory.kind === 'directory';
}
