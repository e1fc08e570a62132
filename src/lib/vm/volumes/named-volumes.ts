import { readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { TEMPORARY_PREFIX } from '../../io/atomic-file.js';
import { ensureDirectory } from '../../io/ensure-directory.js';
import { withFileLock } from '../../io/file-lock.js';
import { ioError } from '../../io/io-error.js';
import { MonoError } from '../../errors.js';
import { createDisk, DEFAULT_DISK_BYTES } from '../create-disk.js';

/** Where {@link NamedVolumes} keeps disks. */
export interface NamedVolumesOptions {
  /** directory of the volumes of this user */
  readonly directory: string;
  /** path of the filesystem that a new disk holds */
  readonly template: string;
}

/** A volume that there is. */
export interface NamedVolume {
  readonly name: string;
  /** path of its disk */
  readonly path: string;
  /** what it takes on the host, in `bytes` */
  readonly storedBytes: number;
}

const SUFFIX = '.ext4';
/** Making a disk takes milliseconds. */
const LOCK_WAIT_MS = 30_000;

/**
 * Disks with names that outlive sandboxes. Each is a file `NAME.ext4`, which its VMM locks: two machines
 * never write to one at a time.
 */
export class NamedVolumes {
  readonly #options: NamedVolumesOptions;

  constructor(options: NamedVolumesOptions) {
    this.#options = options;
  }

  /**
   * Returns the path of the disk called `name`, which is made where there is none.
   *
   * @throws {MonoError} `VM_GUEST_MISSING`, `LOCK_TIMEOUT`, `IO_FAILED`, `DISK_FULL`
   */
  async ensure(name: string): Promise<string> {
    const { directory, template } = this.#options;
    const path = this.#path(name);
    if (await exists(path)) return path;
    ensureDirectory(directory);
    await withFileLock(join(directory, '.lock'), { waitMs: LOCK_WAIT_MS }, async () => {
      if (await exists(path)) return;
      await removePartial(directory);
      await createDisk({ path, template, sizeBytes: DEFAULT_DISK_BYTES });
    });
    return path;
  }

  /**
   * Returns the volumes that there are, by name.
   *
   * @throws {MonoError} `IO_FAILED`
   */
  async list(): Promise<NamedVolume[]> {
    const names = (await entriesOf(this.#options.directory))
      .filter((entry) => entry.endsWith(SUFFIX))
      .map((entry) => entry.slice(0, -SUFFIX.length))
      .sort();
    return Promise.all(
      names.map(async (name) => {
        const path = this.#path(name);
        return { name, path, storedBytes: (await stat(path)).blocks * 512 };
      }),
    );
  }

  /**
   * Deletes a volume with everything in it.
   *
   * @throws {MonoError} `VOLUME_UNKNOWN`, `IO_FAILED`
   */
  async remove(name: string): Promise<void> {
    const path = this.#path(name);
    if (!(await exists(path))) throw unknownVolume(name);
    try {
      await rm(path);
    } catch (error) {
      throw ioError(error, 'remove the volume', path);
    }
  }

  #path(name: string): string {
    return join(this.#options.directory, `${name}${SUFFIX}`);
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Removes the disks that killed processes had begun to make; only who has the lock makes one. */
async function removePartial(directory: string): Promise<void> {
  const partial = (await entriesOf(directory)).filter((it) => it.startsWith(TEMPORARY_PREFIX));
  for (const name of partial) await rm(join(directory, name), { force: true });
}

async function entriesOf(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw ioError(error, 'list the volumes in', directory);
  }
}

/** Returns the name of the volume whose disk has that path. */
export function nameOfVolume(path: string): string {
  return basename(path, SUFFIX);
}

/** Returns the error that there is no volume of that name. */
export function unknownVolume(name: string): MonoError {
  return new MonoError('VOLUME_UNKNOWN', `Cannot find the volume \`${name}\``, {
    details: { name },
    hint: '`mono volume ls` lists those that there are.',
  });
}
