import { writeFileAtomic } from '../../io/atomic-file.js';
import type { ChangeAction, ImageState } from '../history/history-log.js';
import { imageStates, removedState } from '../history/image-state.js';
import type { LockedImage, Lockfile } from '../lockfile/lockfile.js';
import { writeLockfile } from '../lockfile/write-lockfile.js';
import { editProjectFile } from '../project-file/edit-project-file.js';
import {
  lockfilePath,
  projectFilePath,
  readOrNewProject,
  type Project,
} from '../project-file/project-directory.js';
import { PROJECT_FILE_NAME, type ProjectFile } from '../project-file/project-file.js';
import { formatRequirement } from '../requirement/requirement.js';
import { withImages, type NamedRequirement } from './add-requirements.js';
import { lockOfPlan, type InstallPlan } from './plan-install.js';

/** What changing a project's files takes. */
export interface SaveServices {
  /** Runs `fn` while no other process of this user changes the files of the project. */
  exclusively<T>(directory: string, fn: () => Promise<T>): Promise<T>;
  /** Adds to the history what is not its last state of an image already. */
  record(directory: string, states: readonly ImageState[], action: ChangeAction): Promise<void>;
}

/** Images that are added to a project, or get another requirement. */
export interface AddedImages {
  readonly requirements: readonly NamedRequirement[];
  /** how mono.yaml is to spell some of them, by name; the others: in their one spelling */
  readonly sources?: ReadonlyMap<string, string> | undefined;
}

/** Which of a project's files change. */
export interface ProjectChanges {
  readonly fileChanged: boolean;
  readonly lockChanged: boolean;
}

/** Returns which files a plan changes. */
export function changesOf(project: Project, plan: InstallPlan, added: AddedImages): ProjectChanges {
  const { fileText, lockText } = newTexts(project, plan, added);
  return {
    fileChanged: project.isNew || fileText !== project.fileText,
    lockChanged: lockText !== project.lockText,
  };
}

/**
 * Writes what changed. The project is read again, under a lock, so that what another command wrote
 * meanwhile is kept. The history comes first, so that no change is missing from it; mono.yaml goes
 * before mono.lock: after a crash between the two, the next install locks what it names.
 */
export async function saveProject(
  directory: string,
  plan: InstallPlan,
  options: { added: AddedImages; action: ChangeAction; services: SaveServices },
): Promise<void> {
  const { added, action, services } = options;
  await services.exclusively(directory, async () => {
    const now = await readOrNewProject(directory);
    const { fileText, lock, lockText } = newTexts(now, plan, added);
    await services.record(directory, imageStates(now.fileText, now.lock), 'lockfile');
    const removed = [...now.lock.images.keys()].filter((name) => !lock.images.has(name));
    await services.record(directory, removed.map(removedState), 'remove');
    await services.record(directory, imageStates(fileText, lock), action);
    if (now.isNew || fileText !== now.fileText) {
      await writeFileAtomic(projectFilePath(directory), fileText);
    }
    if (lockText !== now.lockText) await writeFileAtomic(lockfilePath(directory), lockText);
  });
}

function newTexts(
  { file, fileText, lock: before }: Project,
  plan: InstallPlan,
  added: AddedImages,
): { fileText: string; lock: Lockfile; lockText: string } {
  const lock = mergeLock(withImages(file, added.requirements), before, lockOfPlan(plan));
  return { fileText: newFileText(file, fileText, added), lock, lockText: writeLockfile(lock) };
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

function newFileText(file: ProjectFile, fileText: string, added: AddedImages): string {
  const setImages = new Map<string, string>();
  const setSources = new Map<string, string>();
  for (const { name, requirement } of added.requirements) {
    const text = formatRequirement(requirement);
    const existing = file.images.get(name);
    if (existing && formatRequirement(existing) === text) continue;
    const source = added.sources?.get(name);
    if (source === undefined) setImages.set(name, text);
    else setSources.set(name, source);
  }
  if (setImages.size + setSources.size === 0) return fileText;
  return editProjectFile(fileText, PROJECT_FILE_NAME, { setImages, setSources });
}
