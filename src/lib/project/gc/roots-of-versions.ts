import { isMonoError } from '../../errors.js';
import { readHistory } from '../../fs/version/history.js';
import type { NodeReader } from '../../store/ipld-store.js';
import type { KeptVersion } from '../compare/kept-versions.js';
import type { RootsInUse } from './roots-in-use.js';

/**
 * Returns what knows the roots of versions and of all that they came from: an image with such a root
 * is what a version is exported and pushed as, or on.
 */
export function rootsOfVersions(
  store: NodeReader,
  versions: { list(): Promise<readonly KeptVersion[]> },
): RootsInUse {
  return {
    async list() {
      const roots = new Set<string>();
      for (const { cid } of await versions.list()) {
        for (const root of await rootsBehind(store, cid)) roots.add(root);
      }
      return [...roots];
    },
  };
}

async function rootsBehind(store: NodeReader, version: KeptVersion['cid']): Promise<string[]> {
  try {
    return (await readHistory(store, version)).map(({ root }) => root.toString());
  } catch (error) {
    // What is not there cannot be kept; saying so is the business of `verify`.
    if (isMonoError(error, 'STORE_BLOCK_MISSING')) return [];
    throw error;
  }
}
