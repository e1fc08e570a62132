import { mapConcurrent } from '../../base/async.js';
import { versionOf } from '../inspect/list.js';
import type { LockedImage } from '../lockfile/lockfile.js';
import { newestOfVariant, variantOf } from '../requirement/newest-requirement.js';
import { describeHeld, type HeldBack } from '../policy/release-policy.js';
import type { InstallServices } from './install.js';
import { readProject } from '../project-file/project-directory.js';
import { formatRequirement, type Requirement } from '../requirement/requirement.js';
import { resolveRequirement, type ImageResolver } from '../requirement/resolve-requirement.js';

/** How many images are asked about at a time. */
const CONCURRENCY = 4;

/** How an image of a project compares with its registry; `mono outdated --json` prints a list. */
export interface ImageNews {
  readonly name: string;
  readonly requirement: string;
  /** what is locked; `null` when nothing is */
  readonly current: string | null;
  /** what the requirement would resolve to now */
  readonly wanted: string;
  /** the newest released version of the same variant; `null` when no tag stands for a version */
  readonly latest: string | null;
  /**
   * `current`: nothing to do; `behind`: the requirement resolves to a newer tag; `moved`: the tag
   * names other bytes since it was locked; `unlocked`: nothing is locked yet
   */
  readonly state: 'current' | 'behind' | 'moved' | 'unlocked';
  /** newer releases that are too fresh for the update policy, newest first */
  readonly heldBack: readonly HeldBack[];
}

/**
 * Returns how each image of the project in `directory` compares with what its registry has now, in
 * the order of mono.yaml.
 *
 * @throws {MonoError} as `readProject` and `resolveRequirement`
 */
export async function findNews(
  directory: string,
  services: Pick<InstallServices, 'resolver' | 'signal'>,
): Promise<ImageNews[]> {
  const { file, lock } = await readProject(directory);
  const { signal } = services;
  const { minimumReleaseAgeMs } = file;
  const resolver = await services.resolver({ minimumReleaseAgeMs });
  return mapConcurrent(file.images, { concurrency: CONCURRENCY, signal }, ([name, wanted]) =>
    compare({ name, requirement: wanted, locked: lock.images.get(name) }, resolver),
  );
}

interface Subject {
  readonly name: string;
  readonly requirement: Requirement;
  readonly locked: LockedImage | undefined;
}

async function compare(subject: Subject, resolver: ImageResolver): Promise<ImageNews> {
  const { name, requirement } = subject;
  const text = formatRequirement(requirement);
  const locked = subject.locked?.requirement === text ? subject.locked : undefined;
  const now = await resolveRequirement(requirement, resolver, { locked });
  const variant = variantOf(requirement);
  const newest =
    variant === undefined
      ? undefined
      : newestOfVariant(await resolver.listTags(requirement.reference), variant);
  return {
    name,
    requirement: text,
    current: locked ? versionOf(locked) : null,
    wanted: versionOf(now),
    latest: newest?.tag ?? null,
    state: stateOf(locked, now),
    heldBack: describeHeld(now.heldBack),
  };
}

function stateOf(locked: LockedImage | undefined, now: LockedImage): ImageNews['state'] {
  if (!locked) return 'unlocked';
  if (locked.resolved !== now.resolved) return 'behind';
  return locked.digest === now.digest ? 'current' : 'moved';
}
