import type { CID } from 'multiformats/cid';
import { isDigest, type Digest } from '../../base/digest.js';
import { redact } from '../../base/redact.js';
import { isMonoError, MonoError } from '../../errors.js';
import { rootOf } from '../../fs/version/version.js';
import type { CatalogImage } from '../../image/catalog/catalog-records.js';
import { parseImageReference } from '../../image/source/image-source.js';
import { parsePlatform, platformDistance, type Platform } from '../../registry/platform.js';
import { formatReference, pinReference } from '../../registry/reference.js';
import type { BlockReader, NodeReader } from '../../store/ipld-store.js';
import { noSuchName } from '../install/add-requirements.js';
import { bestPlatform } from '../install/plan-install.js';
import type { LockedImage } from '../lockfile/lockfile.js';
import type { Project } from '../project-file/project-directory.js';
import { formatRequirement, parseRequirement } from '../requirement/requirement.js';
import type { KeptVersion } from './kept-versions.js';
import { parseCid } from './version-name.js';

/** Where trees are looked for. */
export interface TreePlaces {
  /** the nearest project and the global one, as far as they exist */
  readonly projects: readonly Project[];
  /** everything that is installed */
  readonly images: readonly CatalogImage[];
  readonly versions: readonly KeptVersion[];
  readonly platform: Platform;
  readonly store: NodeReader & Pick<BlockReader, 'has'>;
}

/** What a name that a user typed stands for. */
export interface FoundTree {
  readonly target: string;
  /** root of the tree */
  readonly root: CID;
  /** the version that was named; `undefined` when an image or a bare tree was */
  readonly version: CID | undefined;
  /** where the tree of an image came from */
  readonly source: string | undefined;
}

/**
 * Returns the tree that `target` stands for, looked up in this order: the name of an image in the
 * nearest project, then in the global one; the name of a kept version; the CID of a version or of a
 * root; the digest of an installed manifest or index; a requirement as a project has it.
 *
 * @throws {MonoError} `IMAGE_NOT_FOUND`, `VERSION_NOT_FOUND`; as `rootOf`
 */
export async function findTree(target: string, places: TreePlaces): Promise<FoundTree> {
  for (const project of places.projects) {
    if (!project.file.images.has(target)) continue;
    return fromLock(target, project.lock.images.get(target), places);
  }
  const kept = places.versions.find(({ name }) => name === target);
  const cid = kept?.cid ?? parseCid(target);
  if (cid) return fromCid(target, cid, places.store);
  const byDigest = fromDigest(target, places);
  if (byDigest) return byDigest;
  return fromRequirement(target, places);
}

function fromLock(
  target: string,
  locked: LockedImage | undefined,
  { images, platform }: TreePlaces,
): FoundTree {
  const manifest = locked && bestPlatform(locked, platform)?.locked.manifest;
  const image = images.find((candidate) => candidate.manifest.digest === manifest);
  if (!locked || !image) throw notInstalled(target);
  const reference = pinReference(parseImageReference(locked.resolved), image.manifest.digest);
  return { target, root: image.root, version: undefined, source: formatReference(reference) };
}

async function fromCid(target: string, cid: CID, store: TreePlaces['store']): Promise<FoundTree> {
  if (!(await store.has(cid))) throw noSuchVersion(target);
  const root = await rootOf(store, cid);
  return { target, root, version: root.equals(cid) ? undefined : cid, source: undefined };
}

/** One index can stand for several installed images: the one that suits the platform is taken. */
function fromDigest(target: string, { images, platform }: TreePlaces): FoundTree | undefined {
  const digest = digestIn(target);
  if (digest === undefined) return undefined;
  const distances = images
    .filter(({ manifest, index }) => manifest.digest === digest || index?.digest === digest)
    .map((image) => ({ image, distance: distanceOf(image, { digest, platform }) }))
    .filter(({ distance }) => distance !== Infinity)
    .sort((left, right) => left.distance - right.distance);
  const image = distances[0]?.image;
  if (!image) throw notInstalled(target);
  return { target, root: image.root, version: undefined, source: image.manifest.digest };
}

function distanceOf(
  { manifest, platform: own }: CatalogImage,
  { digest, platform }: { readonly digest: Digest; readonly platform: Platform },
): number {
  if (manifest.digest === digest) return 0;
  return platformDistance(platform, parsePlatform(own)) ?? Infinity;
}

function digestIn(target: string): Digest | undefined {
  const text = target.slice(target.indexOf('@') + 1);
  return isDigest(text) ? text : undefined;
}

function fromRequirement(target: string, places: TreePlaces): FoundTree {
  const wanted = requirementIn(target);
  for (const { file, lock } of places.projects) {
    for (const [name, requirement] of file.images) {
      if (formatRequirement(requirement) !== wanted) continue;
      return fromLock(target, lock.images.get(name), places);
    }
  }
  const names = places.projects.flatMap(({ file }) => [...file.images.keys()]);
  throw noSuchName('image', target, [...names, ...places.versions.map(({ name }) => name)]);
}

function requirementIn(target: string): string | undefined {
  try {
    return formatRequirement(parseRequirement(target));
  } catch (error) {
    if (isMonoError(error)) return undefined;
    throw error;
  }
}

function notInstalled(target: string): MonoError {
  return new MonoError('IMAGE_NOT_FOUND', `Cannot find \`${redact(target)}\`: not installed`, {
    details: { name: redact(target) },
    hint: 'Run `mono install` to install what the project names.',
  });
}

/** Returns an error that says that no version `name` exists. */
export function noSuchVersion(name: string): MonoError {
  return new MonoError('VERSION_NOT_FOUND', `Cannot find the version \`${redact(name)}\``, {
    details: { name: redact(name) },
  });
}
