import type { CID } from 'multiformats/cid';
import { commitChangeSet } from './change-set-commit.js';
import { newDirectory } from './change-set-node.js';
import { layOver } from './lay-over.js';
import type { LoadedChangeSet } from './load-change-set.js';
import { loadChangeSet } from './load-change-set.js';
import type { NodeStore } from '../node/node-store.js';

/**
 * Joins change sets, the lowest first, and returns the root of the one that does to any base what they
 * do one after the other. Deletions stay, because a base may have what they delete ({@link prune}
 * takes out those that a known base does not need).
 *
 * One thing a change set cannot say is in which order paths go through a symbolic link of the base:
 * the result holds for bases that have no symbolic link where a change set has an implicit directory.
 * Symbolic links of the change sets themselves are followed.
 *
 * Takes memory in proportion to the change sets.
 *
 * @throws {MonoError} as `getNode` and `putNode`; `STORE_NODE_INVALID`; `FS_BASE_NEEDED` when no
 *   single change set does the same to every base; `FS_NOT_FOUND` and `FS_IS_A_DIRECTORY` as `flatten`
 */
export async function squash(store: NodeStore, changes: readonly CID[]): Promise<CID> {
  const joined: LoadedChangeSet = { root: newDirectory(undefined, false), linked: new Set() };
  for (const cid of changes) layOver(joined, await loadChangeSet(store, cid));
  return commitChangeSet(store, joined.root, joined.linked);
}
