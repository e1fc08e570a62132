/*
 * Changes of a guest become changes of a directory of the host. Nothing that they hold can make a
 * write go elsewhere: every directory on the way is looked at and must be a real one, at first for all
 * steps and again before each; what is new is made under a name of its own and moved into place, so
 * that a link there is replaced, not followed.
 */
import { randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { chmod, lstat, mkdir, open, rename, rm, rmdir, symlink, writeFile } from 'node:fs/promises';
import { bytesOfByteString, type ByteString } from '../../base/bytes.js';
import { MonoError } from '../../errors.js';
import type { FileEntry, TreeEntry } from '../../fs/entry.js';
import { parentPath, showPath } from '../../fs/path.js';
import { ioError } from '../../io/io-error.js';
import type { BytesReader } from '../../store/ipld-store.js';
import type { ApplyStep } from './plan-apply.js';

/** Set-user-ID and the like of a guest mean nothing good on the host. */
const PLAIN_MODE = 0o777;
/** So that the user can always write into a directory that was made. */
const OWNER_MODE = 0o700;
const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;

const NONE: ReadonlySet<ByteString> = new Set();

/** Where changes are applied. */
export interface ApplyOptions {
  /** path of a directory of the host */
  readonly directory: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Checks that every step stays in the directory.
 *
 * @throws {MonoError} `APPLY_REFUSED` when a step would go through a link or something that is no
 *   directory, or replace a directory that the sandbox does not know; `IO_FAILED`
 */
export async function checkSteps(
  steps: readonly ApplyStep[],
  { directory }: ApplyOptions,
): Promise<void> {
  const deleted = new Set(steps.filter((it) => it.action === 'delete').map(({ path }) => path));
  const checked = new Set<ByteString>();
  for (const { action, path, entry } of steps) {
    if (action === 'omit') continue;
    await checkParents(directory, path, { deleted: action === 'write' ? deleted : NONE, checked });
    const there = await statusOf(directory, path);
    const isInTheWay = there?.isDirectory() === true && !deleted.has(path);
    if (isInTheWay && entry.kind !== 'directory') throw refused(path, 'a directory is in the way');
    if (there && entry.kind === 'directory' && !there.isDirectory() && !deleted.has(path)) {
      throw refused(path, 'something that is no directory is in the way');
    }
  }
}

/**
 * Does the steps in order. A directory in which the host has more than the sandbox knew stays.
 *
 * @throws {MonoError} as {@link checkSteps}; `DISK_FULL`; as `getBytes`; the reason of `signal`
 */
export async function applySteps(
  store: BytesReader,
  steps: readonly ApplyStep[],
  options: ApplyOptions,
): Promise<void> {
  await checkSteps(steps, options);
  const { directory, signal } = options;
  try {
    for (const step of steps) {
      signal?.throwIfAborted();
      await checkParents(directory, step.path);
      if (step.action === 'delete') await remove(directory, step.path);
      if (step.action === 'write') await write(store, directory, step);
    }
  } catch (error) {
    throw error instanceof Error && 'syscall' in error
      ? ioError(error, 'change', directory)
      : error;
  }
}

interface CheckedPaths {
  /** what an earlier step takes away */
  readonly deleted: ReadonlySet<ByteString>;
  readonly checked: Set<ByteString>;
}

async function checkParents(
  directory: string,
  path: ByteString,
  known?: CheckedPaths,
): Promise<void> {
  for (let at = parentPath(path); at !== ''; at = parentPath(at)) {
    if (known?.checked.has(at)) return;
    known?.checked.add(at);
    const there = await statusOf(directory, at);
    if (there && !there.isDirectory() && !known?.deleted.has(at)) {
      throw refused(path, `${showPath(at)} is no directory there`);
    }
  }
}

async function statusOf(directory: string, path: ByteString): Promise<Stats | undefined> {
  try {
    return await lstat(placeOf(directory, path));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw ioError(error, 'look at', directory);
  }
}

async function remove(directory: string, path: ByteString): Promise<void> {
  const there = await statusOf(directory, path);
  if (there?.isDirectory()) await rmdir(placeOf(directory, path)).catch(ignoreFull);
  else if (there) await rm(placeOf(directory, path));
}

function ignoreFull(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOTEMPTY') throw error;
}

async function write(
  store: BytesReader,
  directory: string,
  { path, entry }: ApplyStep,
): Promise<void> {
  const place = placeOf(directory, path);
  if (entry.kind === 'directory') {
    await makeDirectory(place, entry);
    return;
  }
  const parent = placeOf(directory, parentPath(path));
  const fresh = Buffer.concat([parent, Buffer.from(`/.mono-${randomBytes(8).toString('hex')}`)]);
  await mkdir(parent, { recursive: true });
  try {
    if (entry.kind === 'file') await makeFile(store, fresh, entry);
    if (entry.kind === 'symlink')
      await symlink(Buffer.from(bytesOfByteString(entry.target)), fresh);
    await rename(fresh, place);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
}

async function makeDirectory(place: Buffer, { mode }: TreeEntry): Promise<void> {
  await mkdir(place, { recursive: true });
  await chmod(place, (mode & PLAIN_MODE) | OWNER_MODE);
}

async function makeFile(store: BytesReader, place: Buffer, entry: FileEntry): Promise<void> {
  const file = await open(place, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    await writeFile(file, store.getBytes(entry.content));
    await file.chmod(entry.mode & PLAIN_MODE);
  } finally {
    await file.close();
  }
}

function placeOf(directory: string, path: ByteString): Buffer {
  return Buffer.concat([Buffer.from(`${directory}/`), Buffer.from(bytesOfByteString(path))]);
}

function refused(path: ByteString, reason: string): MonoError {
  return new MonoError('APPLY_REFUSED', `Cannot apply the change of ${showPath(path)}: ${reason}`, {
    details: { reason },
    hint: 'Apply to another directory, or take away what is in the way.',
  });
}
