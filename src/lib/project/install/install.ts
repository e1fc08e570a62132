/*
 * The whole of `mono install`: read the project, plan, fetch and build what is missing, and only
 * when everything is there write mono.yaml and mono.lock. A failure leaves both files as they were;
 * what had been fetched stays in the store for the next try.
 */
import { mapConcurrent } from '../../base/async.js';
import type { Digest } from '../../base/digest.js';
import { MonoError } from '../../errors.js';
import { parseImageReference } from '../../image/source/image-source.js';
import { pinReference, type Reference } from '../../registry/reference.js';
import type { Platform } from '../../registry/platform.js';
import { nameRequirements, withImages, type NamedRequirement } from './add-requirements.js';
import type { ChangeAction } from '../history/history-log.js';
import { imageStates } from '../history/image-state.js';
import type { LockedImage } from '../lockfile/lockfile.js';
import type { StampedProject } from './install-stamp.js';
import {
  assertSameRoot,
  planInstall,
  type InstallPlan,
  type PlannedImage,
} from './plan-install.js';
import {
  lockfilePath,
  readOrNewProject,
  readProject,
  type Project,
} from '../project-file/project-directory.js';
import type { Requirement } from '../requirement/requirement.js';
import type { ReleasePolicySettings } from '../policy/release-policy.js';
import type { ImageResolver } from '../requirement/resolve-requirement.js';
import { watchTags, type MovedTag } from './moved-tags.js';
import { changesOf, saveProject, type ProjectChanges, type SaveServices } from './save-project.js';

/** How many images are pulled at a time; each pull works on several layers at once. */
const PULL_CONCURRENCY = 2;

/** What a user asks of an install. */
export interface InstallRequest {
  readonly directory: string;
  /** whether a project file is written where there is none */
  readonly create?: boolean | undefined;
  /** images to add or replace; none means: what the project says */
  readonly add: readonly Requirement[];
  /** images whose requirements change, by name */
  readonly set?: readonly NamedRequirement[] | undefined;
  /** what images are locked to instead of what mono.lock says, by name */
  readonly locked?: ReadonlyMap<string, LockedImage> | undefined;
  /** how mono.yaml spells the requirements of `set`, by name; default: in their one spelling */
  readonly sources?: ReadonlyMap<string, string> | undefined;
  /** what the history says of the changes; default `install` */
  readonly action?: ChangeAction | undefined;
  /** name for the only one of `add` */
  readonly name?: string | undefined;
  readonly platform: Platform;
  /** whether the lockfile must be right as it is; `whenLocked`: if there is one and nothing is added */
  readonly frozen: boolean | 'whenLocked';
  readonly offline: boolean;
  readonly dryRun: boolean;
  /** whether releases are taken although the update policy holds them back */
  readonly allowFresh?: boolean | undefined;
  /** names of the images to install; default all of the project */
  readonly only?: readonly string[] | undefined;
  /** names of the images to resolve anew although they are locked */
  readonly refresh?: readonly string[] | undefined;
}

/** What came of pulling one image. */
export interface PulledImage {
  /** CID of the root directory */
  readonly root: string;
  readonly fetchedBytes: number;
  readonly reusedBytes: number;
}

/** How far the pull of one image is. */
export interface PullAdvance {
  readonly fetchedBytes: number;
  readonly totalBytes: number;
}

/** Brings the content of an image into the store. */
export interface ImagePuller {
  pull(
    image: {
      /** with the digest that is locked */
      readonly reference: Reference;
      readonly manifest: Digest;
      readonly platform: string;
      /** the root that is locked, if one is */
      readonly root: string | undefined;
    },
    options: { readonly onAdvance: (advance: PullAdvance) => void },
  ): Promise<PulledImage>;
}

/** The parts of the program that an install works with; those given as functions open on demand. */
export interface InstallServices extends SaveServices {
  resolver(policy?: ReleasePolicySettings): Promise<ImageResolver>;
  /** `keepBlobs`: whether the layers that are fetched are kept as they come; absent: as usual */
  puller(wish?: { readonly keepBlobs?: boolean | undefined }): Promise<ImagePuller>;
  /** Returns the root that the store has of a manifest. */
  builtRoot(manifest: Digest): Promise<string | undefined>;
  /** Writes the bootable form of a root, so that the first run need not. */
  prepare(root: string): Promise<void>;
  /**
   * Returns the fingerprint of the key that signed an image, `undefined` where nobody demands a
   * signature; fails where one is demanded and there is none. Absent: nothing is demanded.
   */
  signerOf?(
    image: { readonly reference: Reference; readonly digest: Digest },
    options: { readonly offline: boolean },
  ): Promise<string | undefined>;
  /** Makes the project known to the collector of this machine. */
  remember(directory: string): Promise<void>;
  /** Is told of a project, as it was read, in which nothing was or is left to do. */
  settle?(project: StampedProject): Promise<void>;
  onEvent(event: InstallEvent): void;
  readonly signal: AbortSignal;
}

/** What an install tells while it works. */
export type InstallEvent =
  | { readonly type: 'resolving'; readonly name: string; readonly requirement: string }
  | { readonly type: 'resolved'; readonly image: PlannedImage }
  | ({ readonly type: 'moved' } & MovedTag)
  | { readonly type: 'pulling'; readonly name: string; readonly advance: PullAdvance }
  | { readonly type: 'preparing'; readonly name: string }
  | { readonly type: 'installed'; readonly image: PlannedImage; readonly pulled: PulledImage };

/** What an install did, or with `dryRun` would do. */
export interface InstallResult extends ProjectChanges {
  readonly plan: InstallPlan;
  readonly dryRun: boolean;
  /** by name; only those that were pulled */
  readonly pulled: ReadonlyMap<string, PulledImage>;
  /** tags that name other bytes than those that are locked, and were not followed */
  readonly moved: readonly MovedTag[];
}

/**
 * Installs what the project in `request.directory` wants, after adding `request.add` to it.
 *
 * @throws {MonoError} whatever planning, pulling and writing throw; then neither file has changed
 */
export async function install(
  request: InstallRequest,
  services: InstallServices,
): Promise<InstallResult> {
  const project = await (request.create ? readOrNewProject : readProject)(request.directory);
  const frozen = isFrozen(project, request);
  const named = nameRequirements(project.file, request.add, request.name);
  const added = { requirements: [...(request.set ?? []), ...named], sources: request.sources };
  const file = withImages(project.file, added.requirements);
  const input = { ...request, frozen, file, lock: project.lock };
  const policy = {
    minimumReleaseAgeMs: file.minimumReleaseAgeMs,
    allowFresh: request.allowFresh,
  };
  const plan = await planInstall(input, {
    resolver: () => services.resolver(policy),
    builtRoot: (manifest) => services.builtRoot(manifest),
    onResolve: (name, requirement) => services.onEvent({ type: 'resolving', name, requirement }),
    signal: services.signal,
  });
  for (const image of plan.images) {
    if (isResolved(image, request)) services.onEvent({ type: 'resolved', image });
  }
  if (request.dryRun) {
    const changes = changesOf(project, plan, added);
    return { plan, dryRun: true, pulled: new Map(), moved: [], ...changes };
  }
  const watch = watchTags(plan, {
    isAsked: (image) => isResolved(image, request),
    offline: request.offline,
    services,
  });
  const { built, pulled } = await pullAll(plan, services, request);
  const moved = await watch.end();
  const changes = changesOf(project, built, added);
  const hasChanged = changes.fileChanged || changes.lockChanged;
  await services.remember(project.directory);
  const saved = { added, action: request.action ?? 'install', services };
  if (hasChanged && !frozen) await saveProject(project.directory, built, saved);
  else if (!request.only) await settle(project, services, { isDone: !hasChanged });
  return { plan: built, dryRun: false, pulled, moved, ...changes };
}

/** What a colleague's change of mono.lock brought is part of the history too. */
async function settle(
  project: Project,
  services: InstallServices,
  { isDone }: { readonly isDone: boolean },
): Promise<void> {
  const { directory, fileText, lock, lockText } = project;
  await services.record(directory, imageStates(fileText, lock), 'lockfile');
  if (!isDone || lockText === undefined) return;
  await services.settle?.({ directory, fileText, lockText });
}

function isResolved({ name, change }: PlannedImage, request: InstallRequest): boolean {
  return change !== 'none' || (request.refresh?.includes(name) ?? false);
}

function isFrozen(project: Project, request: InstallRequest): boolean {
  if (request.frozen === 'whenLocked') {
    return project.lockText !== undefined && request.add.length === 0;
  }
  if (request.frozen) assertCanBeFrozen(project, request);
  return request.frozen;
}

function assertCanBeFrozen(project: Project, request: InstallRequest): void {
  if (request.add.length > 0) {
    throw new MonoError('USAGE_INVALID', 'Cannot add an image with a frozen lockfile', {
      hint: 'Leave out `--frozen-lockfile`.',
    });
  }
  if (project.lockText !== undefined) return;
  const path = lockfilePath(project.directory);
  throw new MonoError(
    'LOCKFILE_MISSING',
    `Cannot install with a frozen lockfile: \`${path}\` does not exist`,
    {
      details: { path },
      hint: 'Run `mono install` without `--frozen-lockfile` and commit mono.lock.',
    },
  );
}

async function pullAll(
  plan: InstallPlan,
  services: InstallServices,
  { offline }: Pick<InstallRequest, 'offline'>,
): Promise<{ built: InstallPlan; pulled: Map<string, PulledImage> }> {
  const pulled = new Map<string, PulledImage>();
  const images = await mapConcurrent(
    plan.images,
    { concurrency: PULL_CONCURRENCY, signal: services.signal },
    async (planned) => {
      const image = { ...planned, locked: await withSigner(planned.locked, services, { offline }) };
      if (image.action === 'keep') return image;
      const result = await pullOne(image, services);
      pulled.set(image.name, result);
      return { ...image, root: result.root };
    },
  );
  return { built: { ...plan, images }, pulled };
}

/** What is in the store is asked about too: the demand may be newer. A signer that is locked stays. */
async function withSigner(
  locked: LockedImage,
  services: InstallServices,
  options: { readonly offline: boolean },
): Promise<LockedImage> {
  const { digest } = locked;
  const reference = pinReference(parseImageReference(locked.resolved), digest);
  const signer = await services.signerOf?.({ reference, digest }, options);
  return signer === undefined ? locked : { signedBy: signer, ...locked };
}

async function pullOne(image: PlannedImage, services: InstallServices): Promise<PulledImage> {
  const { name, locked, platform, manifest } = image;
  const puller = await services.puller();
  const reference = pinReference(parseImageReference(locked.resolved), locked.digest);
  const pulled = await puller.pull(
    { reference, manifest, platform, root: locked.platforms.get(platform)?.root },
    { onAdvance: (advance) => services.onEvent({ type: 'pulling', name, advance }) },
  );
  assertSameRoot(name, locked.platforms.get(platform)?.root, pulled.root);
  services.onEvent({ type: 'preparing', name });
  await services.prepare(pulled.root);
  services.onEvent({ type: 'installed', image: { ...image, root: pulled.root }, pulled });
  return pulled;
}
