import { invariant } from '../../errors.js';
import { versionOf } from '../inspect/list.js';
import { LOCKFILE_NAME, type LockedImage, type Lockfile } from '../lockfile/lockfile.js';
import { readLockfile } from '../lockfile/read-lockfile.js';
import { writeLockfile } from '../lockfile/write-lockfile.js';
import { PROJECT_FILE_NAME, readProjectFile } from '../project-file/project-file.js';
import { requirementSources } from '../project-file/requirement-sources.js';
import { formatRequirement } from '../requirement/requirement.js';
import type { ImageState } from './history-log.js';

/**
 * Returns what a project with this text of mono.yaml and this lock has of each of its images, but for
 * those that mono.yaml asks for in another way than the lock was made for: what it says is a wish yet.
 */
export function imageStates(fileText: string, lock: Lockfile): ImageState[] {
  const { images } = readProjectFile(fileText, PROJECT_FILE_NAME);
  const sources = requirementSources(fileText);
  return [...lock.images].flatMap(([name, locked]) => {
    const source = sources.get(name);
    const wanted = images.get(name);
    const isLocked = wanted && formatRequirement(wanted) === locked.requirement;
    return source === undefined || !isLocked ? [] : [stateOf(name, locked, source)];
  });
}

/** Returns the state of an image that a project has no more. */
export function removedState(name: string): ImageState {
  return { name, version: null, source: null, entry: null, identity: null };
}

/**
 * Returns the image that the entry of a state holds.
 *
 * @throws {MonoError} `LOCKFILE_INVALID`
 */
export function lockedImageOf(entry: string): LockedImage {
  const [locked] = readLockfile(entry, LOCKFILE_NAME).images.values();
  invariant(locked, 'an entry holds one image');
  return locked;
}

/** Returns what tells the state with this entry from others: all but the roots that were built. */
export function identityOf(entry: string): string {
  const locked = lockedImageOf(entry);
  const platforms = [...locked.platforms].map(([platform, { manifest }]) => [platform, manifest]);
  return JSON.stringify([locked.requirement, locked.resolved, locked.digest, platforms]);
}

function stateOf(name: string, locked: LockedImage, source: string): ImageState {
  const entry = writeLockfile({ images: new Map([[name, locked]]) });
  return { name, version: versionOf(locked), source, entry, identity: identityOf(entry) };
}
