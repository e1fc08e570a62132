import { mkdir, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { CID } from 'multiformats/cid';
import { writeFileAtomic } from '../../io/atomic-file.js';
import { ensureDirectory } from '../../io/ensure-directory.js';
import { fileDigest } from '../../io/file-digest.js';
import { withFileLock } from '../../io/file-lock.js';
import { ioError } from '../../io/io-error.js';
import { isMissing } from '../image-check.js';
import { ROOTFS_FORMAT_VERSION } from '../rootfs-uuid.js';
import { decodeDisk, encodeDisk, type DiskRecord } from './disk-record.js';
import { vmdkDescriptor, type DescriptorReader } from './vmdk-descriptor.js';
import { isWholeDisk } from './disk-check.js';
import { writeMappedErofs, type WriteMappedErofsRequest } from './write-mapped-erofs.js';

/** How long to wait for another process that writes the same image, in `ms`. */
const LOCK_WAIT_MS = 15 * 60_000;
/** SHA-256 of no bytes: what the record says of a file that is not needed. */
const NOTHING = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const IMAGE_NAME = /^(?<root>b[a-z2-7]+)\.mapped-(?<version>\d+)$/;

/** A disk that is put together from files of the store. */
export interface MappedDisk {
  /** paths of its descriptors, by who reads them */
  readonly descriptors: Readonly<Record<DescriptorReader, string>>;
}

/** A disk in the cache. */
export interface CachedDisk {
  /** CID of the tree, as text */
  readonly root: string;
  /** the directory of its files */
  readonly path: string;
  /** space that its own files take in `bytes` */
  readonly diskBytes: number;
  readonly lastUsed: Date;
}

/** Where mapped images are and what they are made from. */
export interface MappedImagesOptions {
  readonly directory: string;
  readonly store: WriteMappedErofsRequest['store'];
}

/**
 * The root filesystems whose file content stays in the packs of the store, one directory per root CID
 * and version of the writer:
 *
 *     metadata.erofs      inodes, directories, small files
 *     side                content that is too scattered to be mapped; may be missing
 *     qemu.vmdk krun.vmdk descriptors of the disk, one for each reader
 *     disk.json           its extents, written last: without it there is no image
 *
 * All of it can be made again from the store, and is when a pack that it maps is gone. A pack never
 * changes where something was written, so a machine that has opened it is not disturbed by a
 * collection that deletes it.
 */
export class MappedImages {
  readonly #options: MappedImagesOptions;

  private constructor(options: MappedImagesOptions) {
    this.#options = options;
  }

  /**
   * Opens the images in `directory`, making it where it is missing.
   *
   * @throws {MonoError} `IO_FAILED`, `DISK_FULL`
   */
  static open(options: MappedImagesOptions): MappedImages {
    ensureDirectory(options.directory);
    return new MappedImages(options);
  }

  /**
   * Returns the disk of the tree `root`, made first where it is missing or not whole any more.
   *
   * @throws {MonoError} as `writeMappedErofs`; `ROOTFS_LIMIT` when the store or this directory has a
   *   path that cannot stand in a descriptor; `LOCK_TIMEOUT`
   */
  async materialise(
    root: CID,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<MappedDisk> {
    const directory = join(this.#options.directory, nameOf(root));
    if (!(await isWhole(directory))) {
      const lock = { waitMs: LOCK_WAIT_MS, ...options };
      await withFileLock(directory, lock, async () => {
        if (!(await isWhole(directory))) await this.#write(root, directory, options.signal);
      });
    }
    const now = new Date();
    await utimes(directory, now, now).catch((error: unknown) => {
      throw ioError(error, 'mark as used', directory);
    });
    return {
      descriptors: { qemu: join(directory, 'qemu.vmdk'), krun: join(directory, 'krun.vmdk') },
    };
  }

  /** Returns the images of this version of the writer, by root. */
  async list(): Promise<CachedDisk[]> {
    const disks: CachedDisk[] = [];
    for (const { root, path, isCurrent } of await this.#entries()) {
      if (!isCurrent) continue;
      const info = await stat(path);
      disks.push({ root, path, diskBytes: await spaceOf(path), lastUsed: info.mtime });
    }
    return disks;
  }

  /** Returns the paths of the packs that the images of `roots` map. */
  async packsOf(roots: ReadonlySet<string>): Promise<Set<string>> {
    const packs = new Set<string>();
    for (const { root, path } of await this.#entries()) {
      if (!roots.has(root)) continue;
      const record = await readRecord(path);
      for (const extent of record?.extents ?? []) {
        if (!extent.path.startsWith(`${path}/`)) packs.add(extent.path);
      }
    }
    return packs;
  }

  /**
   * Returns the paths of the images whose own files are not what was written; what they map is the
   * store's to verify.
   *
   * @throws {MonoError} `IO_FAILED`
   */
  async findDamaged(roots?: ReadonlySet<string>): Promise<CachedDisk[]> {
    const damaged: CachedDisk[] = [];
    for (const disk of await this.list()) {
      if (roots && !roots.has(disk.root)) continue;
      if (!(await isIntact(disk.path))) damaged.push(disk);
    }
    return damaged;
  }

  /** Deletes the image of `root` if there is one; returns the space freed in `bytes`. */
  async remove(root: CID): Promise<number> {
    return removeDirectory(join(this.#options.directory, nameOf(root)));
  }

  /**
   * Deletes every image but those of `roots`, and those of other versions of the writer; returns the
   * space freed in `bytes`. With `dryRun` it is only counted.
   */
  async retain(roots: Iterable<CID>, { dryRun = false } = {}): Promise<number> {
    const kept = new Set(Array.from(roots, (root) => root.toString()));
    let freedBytes = 0;
    for (const { root, path, isCurrent } of await this.#entries()) {
      if (isCurrent && kept.has(root)) continue;
      freedBytes += dryRun ? await spaceOf(path) : await removeDirectory(path);
    }
    return freedBytes;
  }

  async #write(root: CID, directory: string, signal: AbortSignal | undefined): Promise<void> {
    try {
      await rm(directory, { recursive: true, force: true });
      await mkdir(directory);
    } catch (error) {
      throw ioError(error, 'create', directory);
    }
    const path = join(directory, 'metadata.erofs');
    const sidePath = join(directory, 'side');
    const image = await writeMappedErofs({ ...this.#options, root, path, sidePath, signal });
    for (const reader of ['qemu', 'krun'] as const) {
      const descriptor = vmdkDescriptor(image.extents, reader);
      await writeFileAtomic(join(directory, `${reader}.vmdk`), Buffer.from(descriptor));
    }
    const digests: Record<string, string> = {};
    for (const file of [path, sidePath]) digests[file] = (await fileDigest(file)) ?? NOTHING;
    const record = encodeDisk({ extents: image.extents, digests });
    await writeFileAtomic(join(directory, 'disk.json'), record);
  }

  async #entries(): Promise<{ root: string; path: string; isCurrent: boolean }[]> {
    const { directory } = this.#options;
    const names = await readdir(directory).catch((error: unknown) => {
      throw ioError(error, 'list', directory);
    });
    return names.sort().flatMap((name) => {
      const groups = IMAGE_NAME.exec(name)?.groups;
      const root = groups?.['root'];
      if (root === undefined) return [];
      const isCurrent = groups?.['version'] === String(ROOTFS_FORMAT_VERSION);
      return [{ root, path: join(directory, name), isCurrent }];
    });
  }
}

function nameOf(root: CID): string {
  return `${root.toString()}.mapped-${ROOTFS_FORMAT_VERSION}`;
}

async function isWhole(directory: string): Promise<boolean> {
  const record = await readRecord(directory);
  return record !== undefined && isWholeDisk(record.extents);
}

async function isIntact(directory: string): Promise<boolean> {
  const record = await readRecord(directory);
  if (!record) return false;
  for (const [path, digest] of Object.entries(record.digests)) {
    if (((await fileDigest(path)) ?? NOTHING) !== digest) return false;
  }
  return true;
}

async function readRecord(directory: string): Promise<DiskRecord | undefined> {
  const path = join(directory, 'disk.json');
  try {
    return decodeDisk(await readFile(path));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw ioError(error, 'read', path);
  }
}

async function spaceOf(directory: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(directory).catch(() => [])) {
    const info = await stat(join(directory, name)).catch(() => undefined);
    bytes += (info?.blocks ?? 0) * 512;
  }
  return bytes;
}

async function removeDirectory(path: string): Promise<number> {
  const freedBytes = await spaceOf(path);
  await rm(path, { recursive: true, force: true }).catch((error: unknown) => {
    throw ioError(error, 'delete', path);
  });
  return freedBytes;
}
