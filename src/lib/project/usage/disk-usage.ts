import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CID } from 'multiformats/cid';
import type { Digest } from '../../base/digest.js';
import type { CatalogImage } from '../../image/catalog/catalog-records.js';
import type { ImageCatalog } from '../../image/catalog/image-catalog.js';
import type { CachedRootfs } from '../../rootfs/rootfs-cache.js';
import type { KeptVersion } from '../compare/kept-versions.js';
import type { ImageOrigin } from '../verify/image-references.js';
import { BlockOwners, type OwnedBytes, type SizedStore } from './block-owners.js';

/** What is on disk and for whom; `mono du --json` prints it. Sizes are exact, in bytes. */
export interface DiskUsage {
  readonly images: readonly ImageUsage[];
  readonly versions: readonly VersionUsage[];
  readonly store: StoreUsage;
  /** root filesystem images in the cache; each can be written again */
  readonly rootfsBytes: number;
  /** downloads that were not finished */
  readonly downloadBytes: number;
  readonly totalBytes: number;
}

/** An installed image. */
export interface ImageUsage extends OwnedBytes {
  /** what projects call it; none when only the history knows it */
  readonly names: readonly string[];
  readonly version: string | null;
  readonly platform: string;
  readonly manifest: Digest;
  /** of its bootable root filesystem image; 0 when that is not in the cache */
  readonly rootfsBytes: number;
}

/** A version with a name. */
export interface VersionUsage extends OwnedBytes {
  readonly name: string;
  readonly cid: string;
}

/** The store. */
export interface StoreUsage {
  /** space of all its files on disk */
  readonly diskBytes: number;
  readonly blockCount: number;
  /** blocks that an image or a version needs */
  readonly neededBytes: number;
}

/** What counting works on. */
export interface UsageServices {
  readonly store: SizedStore;
  readonly catalog: Pick<ImageCatalog, 'listImages' | 'findLayer' | 'findBlob'>;
  readonly versions: readonly KeptVersion[];
  readonly origins: ReadonlyMap<Digest, ImageOrigin>;
  readonly rootfs: { list(): Promise<readonly Pick<CachedRootfs, 'root' | 'diskBytes'>[]> };
  readonly storeDirectory: string;
  readonly downloadsDirectory: string;
  readonly signal: AbortSignal;
}

/**
 * Returns how much each image and each version takes, what of it is shared, and the sizes of store
 * and caches.
 *
 * @throws {MonoError} as `BlockOwners.add`
 */
export async function diskUsage(services: UsageServices): Promise<DiskUsage> {
  const { store, catalog, signal } = services;
  const owners = new BlockOwners(store);
  const images = catalog.listImages();
  const ofImages = new Map<CatalogImage, () => OwnedBytes>();
  for (const image of images) {
    ofImages.set(image, await owners.add(await rootsOf(image, catalog), signal));
  }
  const ofVersions: [KeptVersion, () => OwnedBytes][] = [];
  for (const version of services.versions) {
    ofVersions.push([version, await owners.add([version.cid], signal)]);
  }
  const rootfs = new Map<string, number>();
  for (const { root, diskBytes } of await services.rootfs.list()) {
    rootfs.set(root, (rootfs.get(root) ?? 0) + diskBytes);
  }
  const storeBytes = await spaceBelow(services.storeDirectory);
  const downloadBytes = await spaceBelow(services.downloadsDirectory);
  const rootfsBytes = [...rootfs.values()].reduce((sum, bytes) => sum + bytes, 0);
  return {
    images: [...ofImages].map(([image, usage]) => ({
      names: services.origins.get(image.manifest.digest)?.names ?? [],
      version: versionOf(image, services),
      platform: image.platform,
      manifest: image.manifest.digest,
      ...usage(),
      rootfsBytes: rootfs.get(image.root.toString()) ?? 0,
    })),
    versions: ofVersions.map(([{ name, cid }, usage]) => ({
      name,
      cid: cid.toString(),
      ...usage(),
    })),
    store: { diskBytes: storeBytes, blockCount: owners.blockCount, neededBytes: owners.totalBytes },
    rootfsBytes,
    downloadBytes,
    totalBytes: storeBytes + rootfsBytes + downloadBytes,
  };
}

function versionOf({ manifest }: CatalogImage, { origins }: UsageServices): string | null {
  return origins.get(manifest.digest)?.reference.tag ?? null;
}

async function rootsOf(image: CatalogImage, catalog: UsageServices['catalog']): Promise<CID[]> {
  const roots = [image.root, image.manifest.cid, image.config.cid];
  if (image.index) roots.push(image.index.cid);
  for (const { diffId, digest } of image.layers) {
    const layer = await catalog.findLayer(diffId);
    const kept = [layer?.changeSet, layer?.recipe, await catalog.findBlob(digest)];
    roots.push(...kept.filter((cid) => cid !== undefined));
  }
  return roots;
}

async function spaceBelow(directory: string): Promise<number> {
  const names = await readdir(directory, { recursive: true }).catch(() => []);
  let bytes = 0;
  for (const name of names) {
    const info = await stat(join(directory, name)).catch(() => undefined);
    if (info?.isFile()) bytes += info.blocks * 512;
  }
  return bytes;
}
