import { mapConcurrent } from '../../base/async.js';
import type { Digest } from '../../base/digest.js';
import { MonoError } from '../../errors.js';
import { parseImageSource, sourceOfReference } from '../../image/source/image-source.js';
import {
  formatPlatform,
  parsePlatform,
  platformDistance,
  type Platform,
} from '../../registry/platform.js';
import { assertLockMatches } from '../lockfile/lock-differences.js';
import type { LockedImage, LockedPlatform, Lockfile } from '../lockfile/lockfile.js';
import type { ProjectFile } from '../project-file/project-file.js';
import { formatRequirement, type Requirement } from '../requirement/requirement.js';
import type { HeldRelease } from '../policy/release-policy.js';
import type { ImageResolver, ResolvedRequirement } from '../requirement/resolve-requirement.js';

/** How many requirements are resolved at a time. */
const RESOLVE_CONCURRENCY = 4;

/** What is to be installed, and under which conditions. */
export interface InstallInput {
  readonly file: ProjectFile;
  readonly lock: Lockfile;
  /** what images are locked to instead of what `lock` says, by name */
  readonly locked?: ReadonlyMap<string, LockedImage> | undefined;
  readonly platform: Platform;
  /** whether the lockfile must be right as it is */
  readonly frozen: boolean;
  readonly offline: boolean;
  /** names of the images to look at; default all */
  readonly only?: readonly string[] | undefined;
  /** names of the images to resolve anew although they are locked */
  readonly refresh?: readonly string[] | undefined;
}

/** What planning asks others. */
export interface InstallOracle {
  /** Opens the way to the registries; called only when something has to be resolved. */
  resolver(): Promise<ImageResolver>;
  /** Returns the root that this machine has built of a manifest, if it has and still holds it. */
  builtRoot(manifest: Digest): Promise<string | undefined>;
  onResolve?(name: string, requirement: string): void;
  readonly signal?: AbortSignal | undefined;
}

/** What an install will do. */
export interface InstallPlan {
  /** by name, in the order of the project file */
  readonly images: readonly PlannedImage[];
  /** names that the lockfile has and the project does not want any more */
  readonly removed: readonly string[];
}

/** What an install will do about one image. */
export interface PlannedImage {
  readonly name: string;
  /** what the lockfile will say, but for the root if that is still to be built */
  readonly locked: LockedImage;
  /** `linux/amd64`: the platform of `locked` that fits the one asked for best */
  readonly platform: string;
  readonly manifest: Digest;
  /** the root if it is built already */
  readonly root: string | undefined;
  /** `keep` when nothing is to be fetched or built */
  readonly action: 'keep' | 'pull';
  /** how the entry compares with the lockfile before */
  readonly change: 'none' | 'added' | 'changed';
  /** what was locked before, if anything was */
  readonly before: LockedImage | undefined;
  /** newer releases that are too fresh for the update policy, newest first */
  readonly heldBack: readonly HeldRelease[];
}

/**
 * Returns what is to be done so that all images of the project are installed. Locked images are
 * taken as they are locked; the network is asked for the others only.
 *
 * @throws {MonoError} `LOCKFILE_OUTDATED` before any network, `OFFLINE`, `PLATFORM_NOT_FOUND`,
 *   `LOCKFILE_ROOT_MISMATCH`, `TAG_NOT_FOUND`, `RELEASE_TOO_FRESH` and what the registry's client
 *   throws
 */
export async function planInstall(
  input: InstallInput,
  oracle: InstallOracle,
): Promise<InstallPlan> {
  if (input.frozen) assertLockMatches(input.file, input.lock);
  const { only } = input;
  const wantedImages = [...input.file.images].filter(([name]) => only?.includes(name) ?? true);
  const images = await mapConcurrent(
    wantedImages,
    { concurrency: RESOLVE_CONCURRENCY, signal: oracle.signal },
    async ([name, requirement]) => {
      const before = input.lock.images.get(name);
      const chosen = input.locked?.get(name);
      if (chosen) return planImage(name, keepRoots(chosen, before), { input, oracle, before });
      const isLocked = before?.requirement === formatRequirement(requirement);
      if (isLocked && !input.refresh?.includes(name)) {
        return planImage(name, before, { input, oracle, before });
      }
      const { heldBack, ...resolved } = await resolve(name, requirement, { input, oracle, before });
      const planned = await planImage(name, keepRoots(resolved, before), { input, oracle, before });
      return { ...planned, heldBack };
    },
  );
  const removed = [...input.lock.images.keys()].filter((name) => !input.file.images.has(name));
  return { images, removed };
}

/** Returns the lockfile after a plan, with the roots that are known. */
export function lockOfPlan(plan: InstallPlan): Lockfile {
  return { images: new Map(plan.images.map((image) => [image.name, withRoot(image)])) };
}

/** A platform of a locked image, and what is locked for it. */
export interface ChosenPlatform {
  readonly platform: string;
  readonly locked: LockedPlatform;
}

/** Returns the platform of a locked image that runs on `wanted` best, if any runs there. */
export function bestPlatform(image: LockedImage, wanted: Platform): ChosenPlatform | undefined {
  let best: (ChosenPlatform & { readonly distance: number }) | undefined;
  for (const [platform, locked] of image.platforms) {
    const distance = platformDistance(wanted, parsePlatform(platform));
    if (distance === undefined || (best && best.distance <= distance)) continue;
    best = { platform, locked, distance };
  }
  return best;
}

/**
 * Returns the platform of a locked image that runs on `wanted` best.
 *
 * @throws {MonoError} `PLATFORM_NOT_FOUND`
 */
export function choosePlatform(image: LockedImage, wanted: Platform): ChosenPlatform {
  const best = bestPlatform(image, wanted);
  if (best) return best;
  const offered = [...image.platforms.keys()].join(', ');
  throw new MonoError(
    'PLATFORM_NOT_FOUND',
    `Cannot use \`${image.resolved}\`: it has no variant for \`${formatPlatform(wanted)}\``,
    {
      details: { image: image.resolved, platform: formatPlatform(wanted) },
      hint: `It is there for ${offered}; choose one with \`--platform\`.`,
    },
  );
}

interface Circumstances {
  readonly input: InstallInput;
  readonly oracle: InstallOracle;
}

async function resolve(
  name: string,
  requirement: Requirement,
  { input, oracle, before }: Circumstances & Pick<PlannedImage, 'before'>,
): Promise<ResolvedRequirement> {
  const text = formatRequirement(requirement);
  if (input.offline && !sourceOfReference(requirement.reference)) {
    throw new MonoError('OFFLINE', `Cannot resolve \`${text}\` offline: it is not locked yet`, {
      details: { name, requirement: text },
    });
  }
  // Told first: the way to the registries takes longer to load than all before it.
  oracle.onResolve?.(name, text);
  const resolver = await oracle.resolver();
  const { resolveRequirement } = await import('../requirement/resolve-requirement.js');
  return resolveRequirement(requirement, resolver, { locked: before });
}

async function planImage(
  name: string,
  locked: LockedImage,
  { input, oracle, before }: Circumstances & Pick<PlannedImage, 'before'>,
): Promise<PlannedImage> {
  const chosen = choosePlatform(locked, input.platform);
  const { manifest } = chosen.locked;
  const root = await oracle.builtRoot(manifest);
  if (root !== undefined) assertSameRoot(name, chosen.locked.root, root);
  const action = root === undefined ? 'pull' : 'keep';
  if (action === 'pull' && input.offline && !parseImageSource(locked.resolved)) {
    throw new MonoError('OFFLINE', `Cannot install \`${name}\` offline: it is not in the store`, {
      details: { name, image: locked.resolved },
    });
  }
  const change = changeBetween(before, locked);
  const { platform } = chosen;
  return { name, locked, platform, manifest, root, action, change, before, heldBack: [] };
}

/**
 * Throws when what was built is not what is locked.
 *
 * @throws {MonoError} `LOCKFILE_ROOT_MISMATCH`
 */
export function assertSameRoot(name: string, locked: string | undefined, built: string): void {
  if (locked === undefined || locked === built) return;
  throw new MonoError(
    'LOCKFILE_ROOT_MISMATCH',
    `Cannot trust the build of \`${name}\`: its root is \`${built}\`, the lockfile has \`${locked}\``,
    {
      details: { name, locked, built },
      hint: 'The same bytes give the same root: mono.lock was changed, or written by a version of mono that builds otherwise. Look at its history; if the change is meant, `mono upgrade` locks it anew.',
    },
  );
}

/** A platform whose manifest is the same as before has the same root; the same digest, its signer. */
function keepRoots(resolved: LockedImage, before: LockedImage | undefined): LockedImage {
  const platforms = new Map(resolved.platforms);
  for (const [platform, { manifest }] of resolved.platforms) {
    const known = before?.platforms.get(platform);
    if (known?.manifest === manifest) platforms.set(platform, known);
  }
  const isSame = before?.digest === resolved.digest && before.signedBy !== undefined;
  return { ...resolved, platforms, ...(isSame ? { signedBy: before.signedBy } : {}) };
}

function changeBetween(before: LockedImage | undefined, now: LockedImage): PlannedImage['change'] {
  if (!before) return 'added';
  const isSame =
    before.requirement === now.requirement &&
    before.resolved === now.resolved &&
    before.digest === now.digest;
  return isSame ? 'none' : 'changed';
}

function withRoot({ locked, platform, manifest, root }: PlannedImage): LockedImage {
  if (root === undefined) return locked;
  return { ...locked, platforms: new Map(locked.platforms).set(platform, { manifest, root }) };
}
