import { writeFileAtomic } from '../../io/atomic-file.js';
import { MonoError } from '../../errors.js';
import { imageStates, removedState } from '../history/image-state.js';
import { noSuchName } from './add-requirements.js';
import type { SaveServices } from './save-project.js';
import { editProjectFile } from '../project-file/edit-project-file.js';
import { PROJECT_FILE_NAME } from '../project-file/project-file.js';
import {
  lockfilePath,
  projectFilePath,
  readProject,
  type Project,
} from '../project-file/project-directory.js';
import { writeLockfile } from '../lockfile/write-lockfile.js';

/** What is to be taken out of a project. */
export interface RemoveRequest {
  readonly directory: string;
  readonly names: readonly string[];
  /** what the names may stand for; by default either */
  readonly kind?: 'image' | 'sandbox' | undefined;
  readonly dryRun: boolean;
}

/** What was, or with `dryRun` would be, taken out. */
export interface RemoveResult {
  readonly images: readonly string[];
  readonly sandboxes: readonly string[];
}

/**
 * Takes images and sandboxes out of mono.yaml and mono.lock. All names are looked up first; nothing
 * is written unless every one can go. The bytes stay in the store until they are collected.
 *
 * @throws {MonoError} `IMAGE_NOT_FOUND`, `SANDBOX_NOT_FOUND`, `IMAGE_IN_USE` and what reading and
 *   writing the project throw
 */
export async function remove(
  request: RemoveRequest,
  services: SaveServices,
): Promise<RemoveResult> {
  const { directory } = request;
  return services.exclusively(directory, async () => {
    const project = await readProject(directory);
    const result = planRemove(project, request);
    if (request.dryRun) return result;
    await services.record(directory, imageStates(project.fileText, project.lock), 'lockfile');
    await services.record(directory, result.images.map(removedState), 'remove');
    await save(project, result);
    return result;
  });
}

function planRemove(project: Project, { names, kind }: RemoveRequest): RemoveResult {
  const images: string[] = [];
  const sandboxes: string[] = [];
  for (const name of new Set(names)) {
    if (kind !== 'image' && project.file.sandboxes.has(name)) sandboxes.push(name);
    else if (kind !== 'sandbox' && project.file.images.has(name)) images.push(name);
    else throw noSuchName(kind ?? 'image', name, knownNames(project, kind));
  }
  for (const [sandbox, { image }] of project.file.sandboxes) {
    if (images.includes(image) && !sandboxes.includes(sandbox)) throw inUse(image, sandbox);
  }
  return { images, sandboxes };
}

async function save(project: Project, { images, sandboxes }: RemoveResult): Promise<void> {
  const { directory, fileText, lock, lockText } = project;
  const edit = { removeImages: images, removeSandboxes: sandboxes };
  const newText = editProjectFile(fileText, PROJECT_FILE_NAME, edit);
  await writeFileAtomic(projectFilePath(directory), newText);
  if (lockText === undefined || images.length === 0) return;
  const kept = new Map([...lock.images].filter(([name]) => !images.includes(name)));
  await writeFileAtomic(lockfilePath(directory), writeLockfile({ images: kept }));
}

function knownNames({ file }: Project, kind: RemoveRequest['kind']): string[] {
  const images = kind === 'sandbox' ? [] : file.images.keys();
  const sandboxes = kind === 'image' ? [] : file.sandboxes.keys();
  return [...images, ...sandboxes];
}

function inUse(image: string, sandbox: string): MonoError {
  return new MonoError(
    'IMAGE_IN_USE',
    `Cannot remove the image \`${image}\`: the sandbox \`${sandbox}\` uses it`,
    { details: { image, sandbox }, hint: `Run \`mono remove ${sandbox} ${image}\`.` },
  );
}
