import type { Digest } from '../../base/digest.js';
import type { Platform } from '../../registry/platform.js';
import { parseImageReference } from '../../image/source/image-source.js';
import type { KeptVersion } from '../compare/kept-versions.js';
import type { LockedImage } from '../lockfile/lockfile.js';
import { bestPlatform } from '../install/plan-install.js';
import { readProject } from '../project-file/project-directory.js';
import type { SandboxDefinition } from '../sandbox/sandbox-definition.js';
import { formatRequirement } from '../requirement/requirement.js';

/** The images and sandboxes of a project, and the user's versions, as `mono list --json` prints them. */
export interface ProjectListing {
  readonly directory: string;
  readonly images: readonly ListedImage[];
  readonly sandboxes: readonly ListedSandbox[];
  /** versions that collection keeps, whatever the project */
  readonly versions: readonly ListedVersion[];
}

/** An image of a project; what is `null` is not known until it is installed. */
export interface ListedImage {
  readonly name: string;
  readonly requirement: string;
  /** the tag, or the digest where there is no tag */
  readonly version: string | null;
  readonly resolved: string | null;
  readonly digest: Digest | null;
  readonly platform: string | null;
  readonly root: string | null;
  /** whether it can run without the network */
  readonly installed: boolean;
}

/** A sandbox of a project. */
export interface ListedSandbox {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[] | null;
}

/** A version with a name. */
export interface ListedVersion {
  readonly name: string;
  readonly cid: string;
}

/**
 * Returns the images and sandboxes of the project in `directory`, and the kept versions, sorted by
 * name.
 *
 * @throws {MonoError} as `readProject`
 */
export async function list(
  directory: string,
  options: {
    readonly platform: Platform;
    readonly builtRoot: (manifest: Digest) => Promise<string | undefined>;
    readonly versions: readonly KeptVersion[];
  },
): Promise<ProjectListing> {
  const { file, lock } = await readProject(directory);
  const images: ListedImage[] = [];
  for (const [name, requirement] of sorted(file.images)) {
    const wanted = formatRequirement(requirement);
    const locked = lock.images.get(name);
    const isCurrent = locked?.requirement === wanted;
    images.push({
      name,
      requirement: wanted,
      ...(isCurrent ? await describeLocked(locked, options) : NOT_LOCKED),
    });
  }
  return {
    directory,
    images,
    sandboxes: sorted(file.sandboxes).map(describeSandbox),
    versions: options.versions.map(({ name, cid }) => ({ name, cid: cid.toString() })),
  };
}

/** Returns what a locked image is called: its tag, or the start of its digest. */
export function versionOf(locked: LockedImage): string {
  return parseImageReference(locked.resolved).tag ?? locked.digest.slice(0, 'sha256:'.length + 12);
}

const NOT_LOCKED = {
  version: null,
  resolved: null,
  digest: null,
  platform: null,
  root: null,
  installed: false,
} as const;

async function describeLocked(
  locked: LockedImage,
  { platform: wanted, builtRoot }: Parameters<typeof list>[1],
): Promise<Omit<ListedImage, 'name' | 'requirement'>> {
  const chosen = bestPlatform(locked, wanted);
  const root = chosen && (await builtRoot(chosen.locked.manifest));
  return {
    version: versionOf(locked),
    resolved: locked.resolved,
    digest: locked.digest,
    platform: chosen?.platform ?? null,
    root: root ?? chosen?.locked.root ?? null,
    installed: root !== undefined,
  };
}

function describeSandbox([name, sandbox]: [string, SandboxDefinition]): ListedSandbox {
  return { name, image: sandbox.image, command: sandbox.command ?? null };
}

function sorted<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
