import type { CID } from 'multiformats/cid';
import { isDigest, type Digest } from '../../base/digest.js';
import { isMonoError } from '../../errors.js';
import { readHistory } from '../../fs/version/history.js';
import type { CatalogImage } from '../../image/catalog/catalog-records.js';
import { parseImageReference } from '../../image/source/image-source.js';
import { pinReference, type Reference } from '../../registry/reference.js';
import type { FoundTree, TreePlaces } from '../compare/find-tree.js';

/** The image that a tree is, or the one that it came from. */
export interface LocatedImage {
  readonly image: CatalogImage;
  /** whether the tree is that of the image, unchanged */
  readonly isSame: boolean;
  /** where it was pulled from, with the digest of its manifest, if anything says so */
  readonly reference: Reference | undefined;
}

/**
 * Returns the installed image that stands behind a tree: the one that was named, or the nearest in
 * the history of a version.
 *
 * @throws {MonoError} as `readHistory`
 */
export async function locateImage(
  found: FoundTree,
  places: TreePlaces,
): Promise<LocatedImage | undefined> {
  for (const { source, root } of await sourcesOf(found, places)) {
    const digest = source === undefined ? undefined : digestIn(source);
    const image = places.images.find(({ manifest }) => manifest.digest === digest);
    if (!image || source === undefined) continue;
    const reference = referenceIn(source) ?? lockedReference(image.manifest.digest, places);
    return { image, isSame: root.equals(found.root), reference };
  }
  return undefined;
}

interface TreeSource {
  readonly root: CID;
  readonly source: string | undefined;
}

async function sourcesOf(
  { version, root, source }: FoundTree,
  { store }: TreePlaces,
): Promise<readonly TreeSource[]> {
  if (!version) return [{ root, source }];
  const history = await readHistory(store, version);
  return history.map((item) => ({ root: item.root, source: item.source }));
}

function digestIn(source: string): Digest | undefined {
  const text = source.slice(source.indexOf('@') + 1);
  return isDigest(text) ? text : undefined;
}

/** A source is what people and other versions of the program wrote: it need not be a reference. */
function referenceIn(source: string): Reference | undefined {
  if (isDigest(source)) return undefined;
  try {
    const reference = parseImageReference(source);
    return reference.registry === 'docker.io' && !source.startsWith('docker.io/')
      ? undefined
      : reference;
  } catch (error) {
    if (isMonoError(error)) return undefined;
    throw error;
  }
}

function lockedReference(manifest: Digest, { projects }: TreePlaces): Reference | undefined {
  for (const { lock } of projects) {
    for (const { platforms, resolved } of lock.images.values()) {
      const isHere = [...platforms.values()].some((platform) => platform.manifest === manifest);
      if (isHere) return pinReference(parseImageReference(resolved), manifest);
    }
  }
  return undefined;
}
