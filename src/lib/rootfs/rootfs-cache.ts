import { readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { CID } from 'multiformats/cid';
import { isMonoError } from '../errors.js';
import { withFileLock } from '../io/file-lock.js';
import { ensureDirectory } from '../io/ensure-directory.js';
import { ioError } from '../io/io-error.js';
import { cachedImageName, parseCachedImageName, parseTemporaryName } from './cached-image-name.js';
import { isMissing, isWholeImage } from './image-check.js';
import { rootfsUuid } from './rootfs-uuid.js';
import { writeErofsOfTree, type WriteErofsOfTreeRequest } from './write-erofs-of-tree.js';

/** How long to wait for another process that writes the same image, in `ms`. */
const LOCK_WAIT_MS = 15 * 60_000;

/** An image in the cache. */
export interface CachedRootfs {
  /** CID of the tree, as text */
  readonly root: string;
  readonly path: string;
  /** space it takes on disk in `bytes` */
  readonly diskBytes: number;
  readonly lastUsed: Date;
}

/** Where a cache is and what it reads trees from. */
export interface RootfsCacheOptions {
  readonly directory: string;
  readonly store: WriteErofsOfTreeRequest['store'];
}

/**
 * The root filesystem images of trees, one file per root CID and version of the writer. All of it
 * can be made again from the store: any file may be deleted at any time that no VM starts from it.
 * Several processes may use one directory; an image is written by one of them.
 */
export class RootfsCache {
  readonly #directory: string;
  readonly #store: RootfsCacheOptions['store'];

  private constructor({ directory, store }: RootfsCacheOptions) {
    this.#directory = directory;
    this.#store = store;
  }

  /**
   * Opens the cache in `directory`, making it where it is missing.
   *
   * @throws {MonoError} `IO_FAILED`, `DISK_FULL`
   */
  static open(options: RootfsCacheOptions): RootfsCache {
    ensureDirectory(options.directory);
    return new RootfsCache(options);
  }

  /**
   * Returns the path of the image of the tree `root`, writing it first where it is missing or not
   * whole.
   *
   * @throws {MonoError} as `writeErofsOfTree`; `LOCK_TIMEOUT` when another process is at it for too
   *   long
   */
  async materialise(
    root: CID,
    options: Pick<WriteErofsOfTreeRequest, 'signal' | 'onProgress'> = {},
  ): Promise<string> {
    const path = this.#pathOf(root);
    const uuid = rootfsUuid(root);
    if (!(await isWholeImage(path, uuid))) {
      const lock = { waitMs: LOCK_WAIT_MS, signal: options.signal };
      await withFileLock(path, lock, async () => {
        if (await isWholeImage(path, uuid)) return;
        await this.#removeTemporaries(cachedImageName(root));
        await writeErofsOfTree({ ...options, store: this.#store, root, path });
      });
    }
    const now = new Date();
    await utimes(path, now, now).catch((error: unknown) => {
      throw ioError(error, 'mark as used', path);
    });
    return path;
  }

  /** Returns the images of this version of the writer, by root. */
  async list(): Promise<CachedRootfs[]> {
    const images: CachedRootfs[] = [];
    for (const file of (await this.#files()).sort()) {
      const name = parseCachedImageName(file);
      const path = join(this.#directory, file);
      const info = name?.isCurrent ? await statOrMissing(path) : undefined;
      if (!name || !info) continue;
      images.push({ root: name.root, path, diskBytes: info.blocks * 512, lastUsed: info.mtime });
    }
    return images;
  }

  /** Deletes the image of `root` if there is one; returns the space freed in `bytes`. */
  async remove(root: CID): Promise<number> {
    return this.#remove(cachedImageName(root));
  }

  /**
   * Deletes every image but those of `roots`, images of other versions of the writer, and what a
   * crash left half-written; returns the space freed in `bytes`. With `dryRun` it is only counted.
   */
  async retain(roots: Iterable<CID>, { dryRun = false } = {}): Promise<number> {
    const kept = new Set(Array.from(roots, cachedImageName));
    let freedBytes = 0;
    for (const file of await this.#files()) {
      const temporaryOf = parseTemporaryName(file);
      const isUnneeded = parseCachedImageName(file) !== undefined && !kept.has(file);
      if (temporaryOf === undefined && !isUnneeded) continue;
      if (dryRun) freedBytes += await this.#spaceOf(file, temporaryOf);
      else if (temporaryOf !== undefined) freedBytes += await this.#removeAbandoned(temporaryOf);
      else freedBytes += await this.#remove(file);
    }
    return freedBytes;
  }

  #pathOf(root: CID): string {
    return join(this.#directory, cachedImageName(root));
  }

  async #files(): Promise<string[]> {
    try {
      return await readdir(this.#directory);
    } catch (error) {
      throw ioError(error, 'list', this.#directory);
    }
  }

  /** Space that removing the file would free: none while somebody writes the image. */
  async #spaceOf(file: string, temporaryOf = file): Promise<number> {
    const path = join(this.#directory, file);
    if (temporaryOf === file) return spaceOf(path);
    return this.#unlessWritten(temporaryOf, () => spaceOf(path));
  }

  async #remove(file: string): Promise<number> {
    const path = join(this.#directory, file);
    const info = await statOrMissing(path);
    if (!info) return 0;
    await rm(path, { force: true }).catch((error: unknown) => {
      throw ioError(error, 'delete', path);
    });
    return info.blocks * 512;
  }

  async #removeAbandoned(name: string): Promise<number> {
    return this.#unlessWritten(name, () => this.#removeTemporaries(name));
  }

  /** Whoever writes an image holds its lock: with the lock free, a temporary file has no owner. */
  async #unlessWritten(name: string, fn: () => Promise<number>): Promise<number> {
    try {
      return await withFileLock(join(this.#directory, name), { waitMs: 0 }, fn);
    } catch (error) {
      if (isMonoError(error, 'LOCK_TIMEOUT')) return 0;
      throw error;
    }
  }

  async #removeTemporaries(name: string): Promise<number> {
    let freedBytes = 0;
    for (const file of await this.#files()) {
      if (parseTemporaryName(file) === name) freedBytes += await this.#remove(file);
    }
    return freedBytes;
  }
}

async function spaceOf(path: string): Promise<number> {
  const info = await statOrMissing(path);
  return (info?.blocks ?? 0) * 512;
}

async function statOrMissing(path: string): Promise<{ blocks: number; mtime: Date } | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw ioError(error, 'read the attributes of', path);
  }
}
