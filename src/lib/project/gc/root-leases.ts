import { existsSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureDirectory } from '../../io/ensure-directory.js';
import { ioError } from '../../io/io-error.js';
import { SharedLock } from '../../io/shared-lock.js';
import type { RootsInUse } from './roots-in-use.js';

/** How long a lease waits for a collection that looks at the very root, in `ms`. */
const WAIT_MS = 5_000;
const SUFFIX = '.lease';
const LEASE_NAME = /^b[a-z2-7]+\.lease$/;

/** Keeps a root from being collected. */
export interface RootLease {
  release(): void;
}

/**
 * The roots that processes of this user work with: one lock a root, which its holders share. The
 * kernel drops it when a process ends, however it ends, so no lease outlives its holder.
 */
export class RootLeases implements RootsInUse {
  readonly #directory: string;

  /** @param dataDirectory the user's data directory */
  constructor(dataDirectory: string) {
    this.#directory = join(dataDirectory, 'leases');
  }

  /**
   * Returns a lease of `root`, which holds until it is released or this process ends.
   *
   * @throws {MonoError} `IO_FAILED`, `DISK_FULL`, `CANCELLED`
   */
  async take(root: string, signal: AbortSignal): Promise<RootLease> {
    ensureDirectory(this.#directory);
    const path = this.#pathOf(root);
    for (;;) {
      const lock = new SharedLock(path);
      await lock.acquire('shared', { waitMs: WAIT_MS, signal });
      // The file may have gone between being opened and being locked; then it protects nothing.
      if (existsSync(path)) return { release: () => lock.close() };
      lock.close();
    }
  }

  /** Returns the roots that are leased, and removes the files of those that are not any more. */
  async list(): Promise<string[]> {
    const roots = (await this.#files()).map((file) => file.slice(0, -SUFFIX.length));
    return roots.filter((root) => this.#isLeased(root)).sort();
  }

  #isLeased(root: string): boolean {
    const path = this.#pathOf(root);
    const lock = new SharedLock(path);
    try {
      const isFree = lock.tryAcquire('exclusive');
      if (isFree) rmSync(path, { force: true });
      return !isFree;
    } finally {
      lock.close();
    }
  }

  #pathOf(root: string): string {
    return join(this.#directory, `${root}${SUFFIX}`);
  }

  async #files(): Promise<string[]> {
    try {
      return (await readdir(this.#directory)).filter((file) => LEASE_NAME.test(file));
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
      throw ioError(error, 'list', this.#directory);
    }
  }
}
