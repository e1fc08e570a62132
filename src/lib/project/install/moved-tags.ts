import { setTimeout as sleep } from 'node:timers/promises';
import { mapConcurrent } from '../../base/async.js';
import type { Digest } from '../../base/digest.js';
import { parseImageReference, sourceOfReference } from '../../image/source/image-source.js';
import type { ImageResolver } from '../requirement/resolve-requirement.js';
import type { InstallPlan, PlannedImage } from './plan-install.js';

/** A tag that names other bytes than those that are locked. */
export interface MovedTag {
  /** of the image in the project */
  readonly name: string;
  /** `docker.io/library/node:22` */
  readonly resolved: string;
  readonly locked: Digest;
  /** what the tag names now */
  readonly now: Digest;
}

/** What looking at tags works with. */
export interface TagServices {
  resolver(): Promise<ImageResolver>;
  onEvent(event: { readonly type: 'moved' } & MovedTag): void;
  readonly signal: AbortSignal;
}

/** How many tags are asked for at a time. */
const CONCURRENCY = 4;

/** How long an install that has nothing else left to do waits for the last answers, in `ms`. */
const PATIENCE_MS = 2_000;

/** A look at tags beside an install. */
export interface TagWatch {
  /** Returns the tags that have moved; answers that do not come in time count as none. */
  end(): Promise<readonly MovedTag[]>;
}

/**
 * Looks, while an install works, whether the tags that it takes from the lockfile still name what is
 * locked, and tells of those that do not. Asks only when the registry is asked for something anyway,
 * never fails, and changes nothing.
 */
export function watchTags(
  plan: InstallPlan,
  options: {
    /** whether the registry was asked about an image already */
    readonly isAsked: (image: PlannedImage) => boolean;
    readonly offline: boolean;
    readonly services: TagServices;
  },
): TagWatch {
  const { isAsked, offline, services } = options;
  const usesNetwork = plan.images.some((image) => image.action === 'pull' || isAsked(image));
  const watched = plan.images.filter((image) => !isAsked(image));
  if (offline || !usesNetwork || watched.length === 0) return { end: () => Promise.resolve([]) };
  const moved: MovedTag[] = [];
  const { signal } = services;
  const looks = mapConcurrent(watched, { concurrency: CONCURRENCY, signal }, async (image) => {
    const found = await lookAt(image, services).catch(() => undefined);
    if (!found) return;
    moved.push(found);
    services.onEvent({ type: 'moved', ...found });
  }).catch(() => undefined);
  return {
    async end() {
      await Promise.race([looks, sleep(PATIENCE_MS, undefined, { ref: false })]);
      return moved.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    },
  };
}

async function lookAt(
  { name, locked }: PlannedImage,
  services: Pick<TagServices, 'resolver'>,
): Promise<MovedTag | undefined> {
  const reference = parseImageReference(locked.resolved);
  const isFixed = reference.tag === undefined || reference.digest !== undefined;
  if (isFixed || sourceOfReference(reference)) return undefined;
  const resolver = await services.resolver();
  const now = await resolver.headDigest?.(reference);
  if (now === undefined || now === locked.digest) return undefined;
  return { name, resolved: locked.resolved, locked: locked.digest, now };
}
