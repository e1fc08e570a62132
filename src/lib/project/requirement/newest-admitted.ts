import { formatRepository, withTag } from '../../registry/reference.js';
import { MAX_CONSIDERED_RELEASES } from '../policy/release-policy.js';
import { movedToNewest, newestOfVariant, variantOf } from './newest-requirement.js';
import type { Requirement } from './requirement.js';
import type { ImageResolver } from './resolve-requirement.js';

/**
 * Returns `requirement` moved to the newest released version of its variant that the resolver's
 * policy lets pass; as it is when that version is none of the newest ones.
 *
 * @throws {MonoError} whatever the registry's client throws
 */
export async function newestAdmitted(
  requirement: Requirement,
  resolver: ImageResolver,
): Promise<Requirement> {
  const variant = variantOf(requirement);
  if (variant === undefined) return requirement;
  const { reference } = requirement;
  let tags = await resolver.listTags(reference);
  for (let considered = 0; considered < MAX_CONSIDERED_RELEASES; considered += 1) {
    const newest = newestOfVariant(tags, variant);
    if (!newest || !(await isHeld(withTag(reference, newest.tag), resolver))) {
      return movedToNewest(requirement, tags);
    }
    tags = tags.filter((tag) => tag !== newest.tag);
  }
  return requirement;
}

async function isHeld(
  reference: ReturnType<typeof withTag>,
  resolver: ImageResolver,
): Promise<boolean> {
  const { policy } = resolver;
  const { tag } = reference;
  if (!policy || policy.minimumAgeMs === 0 || tag === undefined) return false;
  const { digest } = await resolver.resolve(reference);
  return policy.hold({ repository: formatRepository(reference), tag, digest }) !== undefined;
}
