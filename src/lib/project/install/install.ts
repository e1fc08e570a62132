/*
 * The whole of `mono install`: read the project, plan, fetch and build what is missing, and only
 * when everything is there write mono.yaml and mono.lock. A failure leaves both files as they were;
 * what had been fetched stays in the store for the next try.
 */
import { mapConcurrent } from '../../base/async.js';
import type { Digest } from '../../base/digest.js';
import { writeFileAtomic } from '../../io/atomic-file.js';
import { MonoError } from '../../errors.js';
import { parseReference, pinReference, type Reference } from '../../registry/reference.js';
import type { Platform } from '../../registry/platform.js';
import { nameRequirements, withImages, type NamedRequirement } from './add-requirements.js';
import { editProjectFile } from '../project-file/edit-project-file.js';
import type { LockedImage, Lockfile } from '../lockfile/lockfile.js';
import { PROJECT_FILE_NAME, type ProjectFile } from '../project-file/project-file.js';
import {
  assertSameRoot,
  lockOfPlan,
  planInstall,
  type InstallPlan,
  type PlannedImage,
} from './plan-install.js';
import {
  lockfilePath,
  projectFilePath,
  readProject,
  type Project,
} from '../project-file/project-directory.js';
import { formatRequirement, type Requirement } from '../requirement/requirement.js';
import type { ImageResolver } from '../requirement/resolve-requirement.js';
import { writeLockfile } from '../lockfile/write-lockfile.js';

/** How many images are pulled at a time; each pull works on several layers at once. */
const PULL_CONCURRENCY = 2;

/** What a user asks of an install. */
export interface InstallRequest {
  readonly directory: string;
  /** images to add or replace; none means: what the project says */
  readonly add: readonly Requirement[];
  /** images whose requirements change, by name */
  readonly set?: readonly NamedRequirement[] | undefined;
  /** name for the only one of `add` */
  readonly name?: string | undefined;
  readonly platform: Platform;
  /** whether the lockfile must be right as it is; `whenLocked`: if there is one and nothing is added */
  readonly frozen: boolean | 'whenLocked';
  readonly offline: boolean;
  readonly dryRun: boolean;
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
export interface InstallServices {
  resolver(): Promise<ImageResolver>;
  puller(): Promise<ImagePuller>;
  /** Returns the root that the store has of a manifest. */
  builtRoot(manifest: Digest): Promise<string | undefined>;
  /** Writes the bootable form of a root, so that the first run need not. */
  prepare(root: string): Promise<void>;
  /** Runs `fn` while no other process of this user changes the files of the project. */
  exclusively<T>(directory: string, fn: () => Promise<T>): Promise<T>;
  /** Makes the project known to the collector of this machine. */
  remember(directory: string): Promise<void>;
  onEvent(event: InstallEvent): void;
  readonly signal: AbortSignal;
}

/** What an install tells while it works. */
export type InstallEvent =
  | { readonly type: 'resolving'; readonly name: string; readonly requirement: string }
  | { readonly type: 'resolved'; readonly image: PlannedImage }
  | { readonly type: 'pulling'; readonly name: string; readonly advance: PullAdvance }
  | { readonly type: 'preparing'; readonly name: string }
  | { readonly type: 'installed'; readonly image: PlannedImage; readonly pulled: PulledImage };

/** What an install did, or with `dryRun` would do. */
export interface InstallResult {
  readonly plan: InstallPlan;
  readonly dryRun: boolean;
  /** by name; only those that were pulled */
  readonly pulled: ReadonlyMap<string, PulledImage>;
  readonly fileChanged: boolean;
  readonly lockChanged: boolean;
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
  const project = await readProject(request.directory);
  const frozen = isFrozen(project, request);
  const named = nameRequirements(project.file, request.add, request.name);
  const added = [...(request.set ?? []), ...named];
  const file = withImages(project.file, added);
  const input = { ...request, frozen, file, lock: project.lock };
  const plan = await planInstall(input, {
    resolver: () => services.resolver(),
    builtRoot: (manifest) => services.builtRoot(manifest),
    onResolve: (name, requirement) => services.onEvent({ type: 'resolving', name, requirement }),
    signal: services.signal,
  });
  for (const image of plan.images) {
    if (isResolved(image, request)) services.onEvent({ type: 'resolved', image });
  }
  if (request.dryRun) {
    return { plan, dryRun: true, pulled: new Map(), ...changesOf(project, plan, added) };
  }
  const { built, pulled } = await pullAll(plan, services);
  const changes = changesOf(project, built, added);
  const hasChanged = changes.fileChanged || changes.lockChanged;
  if (hasChanged && !frozen) await saveProject(project, built, { added, services });
  await services.remember(project.directory);
  return { plan: built, dryRun: false, pulled, ...changes };
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
): Promise<{ built: InstallPlan; pulled: Map<string, PulledImage> }> {
  const pulled = new Map<string, PulledImage>();
  const images = await mapConcurrent(
    plan.images,
    { concurrency: PULL_CONCURRENCY, signal: services.signal },
    async (image) => {
      if (image.action === 'keep') return image;
      const result = await pullOne(image, services);
      pulled.set(image.name, result);
      return { ...image, root: result.root };
    },
  );
  return { built: { ...plan, images }, pulled };
}

async function pullOne(image: PlannedImage, services: InstallServices): Promise<PulledImage> {
  const { name, locked, platform, manifest } = image;
  const puller = await services.puller();
  const reference = pinReference(parseReference(locked.resolved), locked.digest);
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

function changesOf(
  project: Project,
  plan: InstallPlan,
  added: readonly NamedRequirement[],
): Pick<InstallResult, 'fileChanged' | 'lockChanged'> {
  const lock = mergeLock(withImages(project.file, added), project.lock, lockOfPlan(plan));
  return {
    fileChanged: newFileText(project, added) !== project.fileText,
    lockChanged: writeLockfile(lock) !== project.lockText,
  };
}

/**
 * Writes what changed. The project is read again, under a lock, so that what another command wrote
 * meanwhile is kept. mono.yaml goes first: after a crash between the two, the next install locks
 * what it names.
 */
async function saveProject(
  project: Project,
  plan: InstallPlan,
  { added, services }: { added: readonly NamedRequirement[]; services: InstallServices },
): Promise<void> {
  const { directory } = project;
  await services.exclusively(directory, async () => {
    const now = await readProject(directory);
    const fileText = newFileText(now, added);
    const lock = mergeLock(withImages(now.file, added), now.lock, lockOfPlan(plan));
    const lockText = writeLockfile(lock);
    if (fileText !== now.fileText) await writeFileAtomic(projectFilePath(directory), fileText);
    if (lockText !== now.lockText) await writeFileAtomic(lockfilePath(directory), lockText);
  });
}

/** For each image that is wanted: what was just locked for it, else what stands in the file. */
function mergeLock(file: ProjectFile, now: Lockfile, planned: Lockfile): Lockfile {
  const images = new Map<string, LockedImage>();
  for (const [name, requirement] of file.images) {
    const ours = planned.images.get(name);
    const isOurs = ours?.requirement === formatRequirement(requirement);
    const locked = isOurs ? ours : now.images.get(name);
    if (locked) images.set(name, locked);
  }
  return { images };
}

function newFileText(project: Project, added: readonly NamedRequirement[]): string {
  const setImages = new Map<string, string>();
  for (const { name, requirement } of added) {
    const text = formatRequirement(requirement);
    const existing = project.file.images.get(name);
    if (!existing || formatRequirement(existing) !== text) setImages.set(name, text);
  }
  if (setImages.size === 0) return project.fileText;
  return editProjectFile(project.fileText, PROJECT_FILE_NAME, { setImages });
}
