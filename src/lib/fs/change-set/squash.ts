import type { CID } from 'multiformats/cid';
import { MonoError } from '../../errors.js';
import { commitChangeSet } from './change-set-commit.js';
import { flatten } from './flatten.js';
import { newDirectory } from './change-set-node.js';
import { layOver } from './lay-over.js';
import type { LoadedChangeSet } from './load-change-set.js';
import { loadChangeSet } from './load-change-set.js';
import type { NodeStore } from '../node/node-store.js';

/** Options of {@link squash}. */
export interface SquashOptions {
  /** root of the complete tree that the outcome is for, if that is known */
  readonly base?: CID;
}

/**
 * Joins change sets, the lowest first, and returns the root of the one that does to any base what they
 * do one after the other. Deletions stay, because a base may have what they delete ({@link prune}
 * takes out those that a known base does not need).
 *
 * One thing a change set cannot say is in which order paths go through a symbolic link of the base:
 * the result holds for bases that have no symbolic link where a change set has an implicit directory.
 * Where the base is given it need not: over it the result is compared with what the change sets give.
 * Symbolic links of the change sets themselves are followed.
 *
 * Takes memory in proportion to the change sets.
 *
 * @throws {MonoError} as `getNode` and `putNode`; `STORE_NODE_INVALID`; `FS_BASE_NEEDED` when no
 *   single change set does the same to every base, or the one that would do so for others does not for
 *   `base`; `FS_NOT_FOUND` and `FS_IS_A_DIRECTORY` as `flatten`
 */
export async function squash(
  store: NodeStore,
  changes: readonly CID[],
  options: SquashOptions = {},
): Promise<CID> {
  const joined: LoadedChangeSet = { root: newDirectory(undefined, false), linked: new Set() };
  for (const cid of changes) layOver(joined, await loadChangeSet(store, cid));
  const squashed = await commitChangeSet(store, joined.root, joined.linked);
  if (options.base && changes.length > 1)
    await checkOver(store, options.base, { changes, squashed });
  return squashed;
}

async function checkOver(
  store: NodeStore,
  base: CID,
  { changes, squashed }: { readonly changes: readonly CID[]; readonly squashed: CID },
): Promise<void> {
  const expected = await flatten(store, [base, ...changes]);
  if (expected.equals(await flatten(store, [base, squashed]))) return;
  throw new MonoError(
    'FS_BASE_NEEDED',
    'Cannot join change sets: they lead through symbolic links of the base',
    { details: { base: base.toString() }, hint: 'Flatten them over their base instead' },
  );
}
