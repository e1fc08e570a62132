/*
 * `mono verify`: the files of the store byte by byte, every block of every installed image, and the
 * root filesystem images in the cache. A repair first takes good copies that the store itself still
 * has, then fetches again the layers that hold what is left.
 */
import type { Digest } from '../../base/digest.js';
import type { CatalogImage } from '../../image/catalog/catalog-records.js';
import type { ImageCatalog } from '../../image/catalog/image-catalog.js';
import type { BlockImporter, BlockReader } from '../../store/ipld-store.js';
import type {
  VerifiableStore,
  VerifyProgress,
  VerifyReport,
} from '../../store/verify/verify-report.js';
import { noSuchName } from '../install/add-requirements.js';
import { checkImages, type DamagedImage } from './check-images.js';
import { checkRootfs, type RootfsCheck, type RootfsCheckServices } from './check-rootfs.js';
import type { ImageOrigin } from './image-references.js';
import type { PullableImage, PulledCopies } from './pull-copies.js';
import {
  storeFindings,
  type RepairDocument,
  type VerifiedImage,
  type VerifyDocument,
} from './verify-report.js';
import { walkBlocks } from './walk-blocks.js';

/** What a user asks of a verification. */
export interface VerifyRequest {
  /** names of images in any project; none means everything there is */
  readonly names: readonly string[];
  readonly repair: boolean;
}

/** What a verification works on. */
export interface VerifyServices {
  readonly store: VerifiableStore &
    BlockReader &
    BlockImporter &
    RootfsCheckServices['store'] & { flush(): Promise<void> };
  readonly catalog: Pick<ImageCatalog, 'listImages' | 'rootsOfLayer'>;
  readonly origins: ReadonlyMap<Digest, ImageOrigin>;
  readonly rootfs: Omit<RootfsCheckServices, 'store' | 'signal'>;
  readonly signal: AbortSignal;
  /** Fetches again what is damaged of `images`. */
  pullCopies<T>(
    images: readonly PullableImage[],
    use: (copies: PulledCopies) => Promise<T>,
  ): Promise<T>;
  /** Makes every next install look again whether it has nothing to do. */
  unsettle(): Promise<void>;
  readonly onProgress?: ((progress: VerifyProgress) => void) | undefined;
}

/**
 * Checks what is installed, and with `repair` mends it.
 *
 * @throws {MonoError} `IMAGE_NOT_FOUND`, `STORE_LOCKED` when a repair meets another process that
 *   writes, `CANCELLED`, `IO_FAILED`, `DISK_FULL`, and what fetching throws
 */
export async function verify(
  request: VerifyRequest,
  services: VerifyServices,
): Promise<VerifyDocument> {
  const images = imagesOf(request, services);
  const isPartial = request.names.length > 0;
  const { report, damaged, isBroken } = await findDamage(images, services, { isPartial });
  const repair = request.repair && isBroken ? await mend(damaged, services) : null;
  const rootfs = await checkCache(isPartial ? images : undefined, request, services);
  const isStoreSound = !isBroken || (await isMended(repair, services));
  return {
    isSound: isStoreSound && (rootfs.damaged.length === 0 || request.repair),
    store: report ? storeFindings(report) : null,
    images: images.map((image) => describe(image, damaged, services)),
    rootfs,
    repair,
  };
}

interface Damage {
  /** the whole store; absent when only some images were asked about */
  readonly report: VerifyReport | undefined;
  readonly damaged: readonly DamagedImage[];
  readonly isBroken: boolean;
}

/** A sound store has only good blocks, so its images are read only when it is not sound. */
async function findDamage(
  images: readonly CatalogImage[],
  services: VerifyServices,
  { isPartial }: { readonly isPartial: boolean },
): Promise<Damage> {
  const report = isPartial ? undefined : await services.store.verify(services);
  const isKnownSound = report?.isSound === true && (await areComplete(images, services));
  const damaged = isKnownSound ? [] : await checkImages(images, services, services.signal);
  return { report, damaged, isBroken: damaged.length > 0 || report?.isSound === false };
}

async function checkCache(
  images: readonly CatalogImage[] | undefined,
  { repair }: VerifyRequest,
  services: VerifyServices,
): Promise<RootfsCheck> {
  const { rootfs, store, signal } = services;
  const roots = images && new Set(images.map(({ root }) => root.toString()));
  return checkRootfs({ ...rootfs, store, signal }, { roots, remove: repair });
}

function imagesOf({ names }: VerifyRequest, services: VerifyServices): CatalogImage[] {
  const all = services.catalog.listImages();
  if (names.length === 0) return all;
  const known = [...new Set([...services.origins.values()].flatMap((origin) => origin.names))];
  for (const name of names) if (!known.includes(name)) throw noSuchName('image', name, known);
  return all.filter(({ manifest }) =>
    services.origins.get(manifest.digest)?.names.some((name) => names.includes(name)),
  );
}

/** A store can be sound and yet lack what the catalog names: files were taken away. */
async function areComplete(
  images: readonly CatalogImage[],
  { store, catalog }: VerifyServices,
): Promise<boolean> {
  for (const { root, manifest, config, layers } of images) {
    const ofLayers = layers.flatMap((layer) => catalog.rootsOfLayer(layer));
    for (const cid of [root, manifest.cid, config.cid, ...ofLayers]) {
      if (!(await store.has(cid))) return false;
    }
  }
  return true;
}

async function mend(
  damaged: readonly DamagedImage[],
  services: VerifyServices,
): Promise<RepairDocument> {
  const { store, signal } = services;
  await services.unsettle();
  const salvaged = await store.repair([], { signal });
  const left = await checkImages(
    damaged.map(({ image }) => image),
    services,
    signal,
  );
  const pullable = left.flatMap((it) => withOrigin(it, services));
  const unknown = left.filter(({ image }) => !services.origins.has(image.manifest.digest));
  const lost = unknown.map(({ image }) => image.manifest.digest);
  if (pullable.length === 0) {
    return { repairedBlocks: salvaged.repairedBlocks, fetchedBytes: 0, lost };
  }
  return services.pullCopies(pullable, async (copies) => {
    const { repairedBlocks } = await store.repair([copies.store], { signal });
    const addedBlocks = await addMissing(copies, services);
    return {
      repairedBlocks: salvaged.repairedBlocks + repairedBlocks + addedBlocks,
      fetchedBytes: copies.fetchedBytes,
      lost,
    };
  });
}

function withOrigin(it: DamagedImage, { origins }: VerifyServices): PullableImage[] {
  const origin = origins.get(it.image.manifest.digest);
  return origin ? [{ ...it, origin }] : [];
}

/** What nothing in the store refers to is not missed by it: roots that only the catalog names. */
async function addMissing(
  { store: copies, roots }: PulledCopies,
  { store, signal }: VerifyServices,
): Promise<number> {
  let added = 0;
  await walkBlocks(roots, {
    ...{ store: copies, seen: new Set(), signal },
    async onBlock(cid, bytes) {
      if (await store.has(cid)) return;
      await store.putBlock(cid, bytes);
      added += 1;
    },
  });
  await store.flush();
  return added;
}

async function isMended(
  repair: RepairDocument | null,
  { store, signal }: VerifyServices,
): Promise<boolean> {
  return repair?.lost.length === 0 && (await store.verify({ signal })).isSound;
}

function describe(
  { manifest, platform, root }: CatalogImage,
  damaged: readonly DamagedImage[],
  { origins }: VerifyServices,
): VerifiedImage {
  const faults = damaged.find(({ image }) => image.manifest.digest === manifest.digest);
  return {
    names: origins.get(manifest.digest)?.names ?? [],
    manifest: manifest.digest,
    platform,
    root: root.toString(),
    damagedBlocks: faults?.blocks ?? [],
  };
}
