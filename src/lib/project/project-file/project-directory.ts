import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ioError } from '../../io/io-error.js';
import { writeFileAtomic } from '../../io/atomic-file.js';
import { MonoError } from '../../errors.js';
import { EMPTY_LOCKFILE, LOCKFILE_NAME, type Lockfile } from '../lockfile/lockfile.js';
import { NEW_PROJECT_FILE } from './edit-project-file.js';
import { PROJECT_FILE_NAME, readProjectFile, type ProjectFile } from './project-file.js';
import { readLockfile } from '../lockfile/read-lockfile.js';

/** A project as its two files say it. */
export interface Project {
  readonly directory: string;
  readonly file: ProjectFile;
  /** the text of mono.yaml */
  readonly fileText: string;
  readonly lock: Lockfile;
  /** the text of mono.lock; `undefined` when there is none */
  readonly lockText: string | undefined;
  /** whether mono.yaml is still to be written */
  readonly isNew?: boolean;
}

/** Returns the path of the project file in `directory`. */
export function projectFilePath(directory: string): string {
  return join(directory, PROJECT_FILE_NAME);
}

/** Returns the path of the lockfile in `directory`. */
export function lockfilePath(directory: string): string {
  return join(directory, LOCKFILE_NAME);
}

/** Returns `directory` or the nearest one above it that has a project file, if any has. */
export async function findProject(directory: string): Promise<string | undefined> {
  for (let candidate = directory; ; candidate = dirname(candidate)) {
    if ((await readIfPresent(projectFilePath(candidate))) !== undefined) return candidate;
    if (dirname(candidate) === candidate) return undefined;
  }
}

/**
 * Reads the project in `directory`, which need not have a lockfile yet.
 *
 * @throws {MonoError} `PROJECT_NOT_FOUND`, `PROJECT_INVALID`, `LOCKFILE_INVALID`, `IO_FAILED`
 */
export async function readProject(directory: string): Promise<Project> {
  const project = await readProjectIfPresent(directory);
  if (!project) throw projectNotFound(directory);
  return project;
}

/**
 * Reads the project in `directory`; returns `undefined` when there is none.
 *
 * @throws {MonoError} `PROJECT_INVALID`, `LOCKFILE_INVALID`, `IO_FAILED`
 */
export async function readProjectIfPresent(directory: string): Promise<Project | undefined> {
  const fileText = await readIfPresent(projectFilePath(directory));
  if (fileText === undefined) return undefined;
  const lockText = await readIfPresent(lockfilePath(directory));
  return {
    directory,
    fileText,
    file: readProjectFile(fileText, PROJECT_FILE_NAME),
    lockText,
    lock: lockText === undefined ? EMPTY_LOCKFILE : readLockfile(lockText, LOCKFILE_NAME),
  };
}

/** Reads the project in `directory`, or returns one without images where there is none. */
export async function readOrNewProject(directory: string): Promise<Project> {
  const project = await readProjectIfPresent(directory);
  if (project) return project;
  const file = readProjectFile(NEW_PROJECT_FILE, PROJECT_FILE_NAME);
  const fileText = NEW_PROJECT_FILE;
  return { directory, file, fileText, lock: EMPTY_LOCKFILE, lockText: undefined, isNew: true };
}

/**
 * Writes a project file without images to `directory` and returns its path.
 *
 * @throws {MonoError} `PROJECT_EXISTS`, `IO_FAILED`, `DISK_FULL`
 */
export async function initProject(directory: string): Promise<string> {
  const path = projectFilePath(directory);
  if ((await readIfPresent(path)) !== undefined) {
    throw new MonoError('PROJECT_EXISTS', `Cannot start a project: \`${path}\` exists`, {
      details: { path },
    });
  }
  await writeFileAtomic(path, NEW_PROJECT_FILE);
  return path;
}

/** Makes `directory` a project where it is none yet. */
export async function ensureProject(directory: string): Promise<void> {
  const path = projectFilePath(directory);
  if ((await readIfPresent(path)) === undefined) await writeFileAtomic(path, NEW_PROJECT_FILE);
}

/** Returns an error that says that `directory` is in no project. */
export function projectNotFound(directory: string): MonoError {
  return new MonoError(
    'PROJECT_NOT_FOUND',
    `Cannot find \`${PROJECT_FILE_NAME}\` in \`${directory}\` or above`,
    { details: { directory } },
  );
}

/** Returns the text of the file `path`, or `undefined` when there is none. */
export async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && isAbsence(error.code)) return undefined;
    throw ioError(error, 'read', path);
  }
}

function isAbsence(code: unknown): boolean {
  return code === 'ENOENT' || code === 'ENOTDIR';
}
