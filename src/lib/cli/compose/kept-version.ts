import { findTree } from '../../project/compare/find-tree.js';
import { parseCid } from '../../project/compare/version-name.js';
import type { KeptTarget } from '../../project/run/prepare-run.js';
import { locateImage } from '../../project/transfer/locate-image.js';
import type { Context } from '../context.js';
import { treePlaces } from './tree-places.js';

/**
 * Returns the kept version that has this name or CID, if one has.
 *
 * @throws {MonoError} as `findTree` and `locateImage`
 */
export async function keptVersion(
  context: Context,
  target: string,
): Promise<KeptTarget | undefined> {
  const cid = parseCid(target);
  const versions = await context.withVersions((kept) => kept.list());
  const isKept = versions.some((it) => it.name === target || (cid && it.cid.equals(cid)));
  if (!isKept) return undefined;
  const places = await treePlaces(context);
  const found = await findTree(target, places);
  const located = await locateImage(found, places);
  return { root: found.root.toString(), manifest: located?.image.manifest.digest };
}
