import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CID } from 'multiformats/cid';
import { isMonoError } from '../../errors.js';
import { TEMPORARY_PREFIX } from '../../io/atomic-file.js';
import { fileDigest } from '../../io/file-digest.js';
import { ioError } from '../../io/io-error.js';
import type { MappedImages } from '../../rootfs/mapped/mapped-images.js';
import type { CachedRootfs, RootfsCache } from '../../rootfs/rootfs-cache.js';
import {
  writeErofsOfTree,
  type WriteErofsOfTreeRequest,
} from '../../rootfs/write-erofs-of-tree.js';

/** The root filesystem images of a cache, checked. */
export interface RootfsCheck {
  readonly checked: number;
  /** paths of those that are not what their root gives */
  readonly damaged: readonly string[];
  /** paths of those whose tree cannot be read, so that nothing can be said of them */
  readonly unknown: readonly string[];
}

/** What checking root filesystem images works with. */
export interface RootfsCheckServices {
  readonly cache: Pick<RootfsCache, 'list' | 'remove'>;
  /** those whose content stays in the store; their own files have a record of digests */
  readonly mapped: Pick<MappedImages, 'list' | 'findDamaged' | 'remove'>;
  readonly store: WriteErofsOfTreeRequest['store'];
  /** directory for the images that are written to compare with */
  readonly directory: string;
  readonly signal: AbortSignal;
}

/**
 * Checks the cached root filesystem images. One that is a file of its own is a function of its root
 * CID, so the digest to compare with needs no record, which could be damaged too: the image is
 * written once more. With `remove`, those that differ are deleted; the next run writes them anew.
 *
 * @throws {MonoError} `CANCELLED`, `IO_FAILED`, `DISK_FULL`
 */
export async function checkRootfs(
  services: RootfsCheckServices,
  options: { readonly roots: ReadonlySet<string> | undefined; readonly remove: boolean },
): Promise<RootfsCheck> {
  const { roots, remove } = options;
  const images = (await services.cache.list()).filter(({ root }) => roots?.has(root) ?? true);
  const damaged: string[] = [];
  const unknown: string[] = [];
  for (const image of images) {
    const verdict = await compare(image, services);
    if (verdict === 'unknown') unknown.push(image.path);
    if (verdict !== 'damaged') continue;
    damaged.push(image.path);
    if (remove) await services.cache.remove(CID.parse(image.root));
  }
  const mapped = await checkMapped(services, options);
  return {
    checked: images.length + mapped.checked,
    damaged: [...damaged, ...mapped.damaged],
    unknown,
  };
}

async function checkMapped(
  { mapped }: RootfsCheckServices,
  { roots, remove }: { readonly roots: ReadonlySet<string> | undefined; readonly remove: boolean },
): Promise<Pick<RootfsCheck, 'checked' | 'damaged'>> {
  const images = (await mapped.list()).filter(({ root }) => roots?.has(root) ?? true);
  const damaged = await mapped.findDamaged(roots);
  if (remove) for (const { root } of damaged) await mapped.remove(CID.parse(root));
  return { checked: images.length, damaged: damaged.map(({ path }) => path) };
}

async function compare(
  image: CachedRootfs,
  { store, directory, signal }: RootfsCheckServices,
): Promise<'good' | 'damaged' | 'unknown'> {
  const scratch = await mkdtemp(join(directory, `${TEMPORARY_PREFIX}verify-`)).catch(
    (error: unknown) => {
      throw ioError(error, 'create a directory in', directory);
    },
  );
  const path = join(scratch, 'image');
  try {
    await writeErofsOfTree({ store, root: CID.parse(image.root), path, signal });
    const isSame = (await fileDigest(path)) === (await fileDigest(image.path));
    return isSame ? 'good' : 'damaged';
  } catch (error) {
    if (!isMonoError(error) || !error.code.startsWith('STORE_')) throw error;
    return 'unknown';
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
