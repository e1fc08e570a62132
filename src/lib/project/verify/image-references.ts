import type { Digest } from '../../base/digest.js';
import { parseImageReference } from '../../image/source/image-source.js';
import { pinReference, type Reference } from '../../registry/reference.js';
import type { RecordedChange } from '../history/history-log.js';
import { lockedImageOf } from '../history/image-state.js';
import type { LockedImage } from '../lockfile/lockfile.js';
import { readProjectIfPresent } from '../project-file/project-directory.js';

/** Where the image with a manifest came from, and what projects call it. */
export interface ImageOrigin {
  /** with the digest that was locked */
  readonly reference: Reference;
  readonly names: readonly string[];
}

/**
 * Returns where images came from, by manifest, as the lockfiles of projects and their history say.
 *
 * @throws {MonoError} as `readProjectIfPresent`
 */
export async function imageOrigins(
  directories: readonly string[],
  changes: readonly RecordedChange[],
): Promise<Map<Digest, ImageOrigin>> {
  const origins = new Map<Digest, ImageOrigin>();
  function add(name: string, locked: LockedImage): void {
    const reference = pinReference(parseImageReference(locked.resolved), locked.digest);
    for (const { manifest } of locked.platforms.values()) {
      const names = origins.get(manifest)?.names ?? [];
      origins.set(manifest, { reference, names: [...new Set([...names, name])].sort() });
    }
  }
  for (const { name, entry } of changes) if (entry !== null) add(name, lockedImageOf(entry));
  for (const directory of directories) {
    const project = await readProjectIfPresent(directory);
    for (const [name, locked] of project?.lock.images ?? []) add(name, locked);
  }
  return origins;
}
