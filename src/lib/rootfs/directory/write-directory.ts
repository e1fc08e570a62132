/**
 * A tree as a directory of the host, without privileges.
 *
 * Nothing that the tree holds can make a write go elsewhere: the directory is new and nobody else
 * may enter it until it is complete, every entry is made where nothing was, and what is changed
 * afterwards is changed through its open file. Directories get their own modes last, the deepest
 * first, so that those without permissions are no obstacle.
 */
import { constants } from 'node:fs';
import {
  lchown,
  link,
  lutimes,
  mkdir,
  open,
  symlink,
  writeFile,
  type FileHandle,
} from 'node:fs/promises';
import type { CID } from 'multiformats/cid';
import { bytesOfByteString, type ByteString } from '../../base/bytes.js';
import type { Attributes, Timestamp, TreeEntry } from '../../fs/entry.js';
import { walkTree } from '../../fs/tree/walk-tree.js';
import { ioError } from '../../io/io-error.js';
import { removeTree } from '../../io/remove-tree.js';
import type { BytesReader, NodeReader } from '../../store/ipld-store.js';

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants;

/** Where and how a tree is written. */
export interface DirectoryOptions {
  /** a path at which nothing is yet */
  readonly path: string;
  /** whether entries get the owners that the tree says, which takes root; else they are the user's */
  readonly restoreOwners: boolean;
  readonly signal?: AbortSignal;
}

/** What a directory of the host has of a tree, and what it lacks. */
export interface DirectoryReport {
  /** names that were written, the root included */
  readonly writtenEntries: number;
  /** devices, FIFOs, sockets and links to CIDs: Node has no way to make them */
  readonly omittedEntries: number;
  /** extended attributes: Node has no way to set them */
  readonly omittedXattrs: number;
}

/**
 * Writes the tree `root` as a new directory: files, directories, symbolic and hard links, with
 * modes and times (to the microsecond, as Node sets them). When it fails nothing stays behind.
 *
 * @throws {MonoError} `IO_FAILED` (also when something is at the path already), `DISK_FULL`; as
 *   `walkTree` and `getBytes`; the reason of `signal` when it is aborted
 */
export async function writeDirectory(
  store: NodeReader & BytesReader,
  root: CID,
  options: DirectoryOptions,
): Promise<DirectoryReport> {
  const { path } = options;
  await mkdir(path, 0o700).catch((error: unknown) => {
    throw ioError(error, 'create the directory', path);
  });
  try {
    const handle = await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    try {
      return await new DirectoryWriter(store, handle, options).write(root);
    } finally {
      await handle.close();
    }
  } catch (error) {
    await removeTree(path);
    options.signal?.throwIfAborted();
    throw error instanceof Error && 'syscall' in error ? ioError(error, 'write', path) : error;
  }
}

interface WrittenDirectory {
  readonly place: Buffer;
  readonly attributes: Attributes;
}

class DirectoryWriter {
  readonly #store: BytesReader & NodeReader;
  readonly #options: DirectoryOptions;
  /** the open directory itself, whatever its path means by now */
  readonly #inside: Buffer;
  readonly #directories: WrittenDirectory[] = [];
  /** where an inode was written first */
  readonly #places = new Map<number, Buffer>();
  #omittedEntries = 0;
  #omittedXattrs = 0;
  #writtenEntries = 0;

  constructor(store: BytesReader & NodeReader, root: FileHandle, options: DirectoryOptions) {
    this.#store = store;
    this.#options = options;
    this.#inside = Buffer.from(`/proc/self/fd/${root.fd}/`);
  }

  async write(root: CID): Promise<DirectoryReport> {
    for await (const { path, entry, inode } of walkTree(this.#store, root)) {
      this.#options.signal?.throwIfAborted();
      const place = this.#placeOf(path);
      const first = this.#places.get(inode);
      if (first) await link(first, place);
      else if (!(await this.#create(place, entry, path === ''))) continue;
      if (!first && entry.kind !== 'directory') this.#places.set(inode, place);
      if (!first) this.#omittedXattrs += entry.xattrs.size;
      this.#writtenEntries += 1;
    }
    for (const { place, attributes } of this.#directories.reverse()) {
      const handle = await open(place, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
      await this.#finish(handle, attributes);
    }
    return {
      writtenEntries: this.#writtenEntries,
      omittedEntries: this.#omittedEntries,
      omittedXattrs: this.#omittedXattrs,
    };
  }

  #placeOf(path: ByteString): Buffer {
    return Buffer.concat([this.#inside, bytesOfByteString(path === '' ? DOT : path)]);
  }

  /** Returns whether it did: not everything can be made. */
  async #create(place: Buffer, entry: TreeEntry, isRoot: boolean): Promise<boolean> {
    switch (entry.kind) {
      case 'directory':
        if (!isRoot) await mkdir(place, 0o700);
        this.#directories.push({ place, attributes: entry });
        return true;
      case 'file': {
        const handle = await open(place, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
        await this.#finish(handle, entry, this.#store.getBytes(entry.content));
        return true;
      }
      case 'symlink': {
        await symlink(Buffer.from(bytesOfByteString(entry.target)), place);
        if (this.#options.restoreOwners) await lchown(place, entry.uid, entry.gid);
        const seconds = secondsOf(entry.mtime);
        await lutimes(place, seconds, seconds);
        return true;
      }
      default:
        this.#omittedEntries += 1;
        return false;
    }
  }

  /** Gives an open file its content and attributes, and closes it. A change of owner clears bits of the mode. */
  async #finish(
    handle: FileHandle,
    { mode, uid, gid, mtime }: Attributes,
    content?: AsyncIterable<Uint8Array>,
  ): Promise<void> {
    try {
      if (content) await writeFile(handle, content);
      if (this.#options.restoreOwners) await handle.chown(uid, gid);
      await handle.chmod(mode);
      await handle.utimes(secondsOf(mtime), secondsOf(mtime));
    } finally {
      await handle.close();
    }
  }
}

const DOT = '.' as ByteString;

/** Decimal text: Node takes a negative number for the present time. */
function secondsOf({ seconds, nanoseconds }: Timestamp): string {
  return String(seconds + nanoseconds / 1e9);
}
