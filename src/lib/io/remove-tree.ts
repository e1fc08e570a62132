import { constants } from 'node:fs';
import { chmod, open, readdir, rmdir, unlink, type FileHandle } from 'node:fs/promises';
import { ioError } from './io-error.js';

/** Linux: names a file without opening it, so that no permission on the file itself is needed. */
const O_PATH = 0o10000000;

const OPEN_DIRECTORY = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** What reading, writing and entering a directory takes. */
const FULL_ACCESS = 0o700;

/**
 * Deletes `path` and everything below it, also what lies in directories without permissions, as
 * long as they belong to the user. Never follows a symbolic link, not even one that is put in the
 * place of a directory meanwhile. Idempotent. Keeps one file descriptor open per level of depth.
 *
 * @throws {MonoError} `IO_FAILED`
 */
export async function removeTree(path: string): Promise<void> {
  const open: OpenDirectory[] = [];
  try {
    await removeOrOpen(Buffer.from(path), open);
    for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
      const name = last.names.pop();
      if (name) {
        await removeOrOpen(Buffer.concat([last.inside, name]), open);
        continue;
      }
      open.pop();
      await last.handle.close();
      await rmdir(last.path).catch(ignore('ENOENT'));
    }
  } catch (error) {
    throw ioError(error, 'delete', path);
  } finally {
    for (const { handle } of open) await handle.close();
  }
}

interface OpenDirectory {
  readonly handle: FileHandle;
  readonly path: Buffer;
  /** what stands before the name of an entry: the open directory itself, not what its path means */
  readonly inside: Buffer;
  readonly names: Buffer[];
}

async function removeOrOpen(path: Buffer, open: OpenDirectory[]): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') return;
    if (code !== 'EISDIR' && code !== 'EPERM') throw error;
    open.push(await openDirectory(path));
  }
}

async function openDirectory(path: Buffer): Promise<OpenDirectory> {
  const handle = await open(path, OPEN_DIRECTORY);
  try {
    const place = `/proc/self/fd/${handle.fd}`;
    const { mode } = await handle.stat();
    if ((mode & FULL_ACCESS) !== FULL_ACCESS) await chmod(place, FULL_ACCESS);
    const names = await readdir(place, { encoding: 'buffer' });
    return { handle, path, inside: Buffer.from(`${place}/`), names };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function ignore(code: string): (error: unknown) => void {
  return (error) => {
    if (codeOf(error) !== code) throw error;
  };
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
