import type { ImageCatalog } from '../../image/catalog/image-catalog.js';
import type { MappedImages } from '../../rootfs/mapped/mapped-images.js';
import type { RootfsCache } from '../../rootfs/rootfs-cache.js';
import type { GarbageCollected } from '../../store/ipld-store.js';
import type { KeptVersion } from '../compare/kept-versions.js';
import type { RecordedChange } from '../history/history-log.js';
import type { KnownProjects } from '../known-projects.js';
import type { Leftovers } from './leftovers.js';
import type { RootsInUse } from './roots-in-use.js';

/** What a collection works on. */
export interface GcServices {
  readonly store: GarbageCollected;
  readonly catalog: Pick<
    ImageCatalog,
    'listImages' | 'findLayer' | 'findBlob' | 'listLooseLayers' | 'retainImages'
  >;
  readonly rootfsCache: Pick<RootfsCache, 'list' | 'retain'>;
  readonly mappedImages: Pick<MappedImages, 'list' | 'retain' | 'packsOf'>;
  readonly projects: KnownProjects;
  readonly versions: { list(): Promise<readonly KeptVersion[]> };
  readonly history: { listAll(): Promise<readonly RecordedChange[]> };
  /** who runs from a root without a lockfile having to name it */
  readonly rootsInUse: readonly RootsInUse[];
  /** files of commands that did not come to their end */
  readonly leftovers: Leftovers;
  /** Makes every next install look again whether it has nothing to do. */
  unsettle(): Promise<void>;
}

/** What a collection keeps beside what is needed. */
export interface GcPolicy {
  /** how many earlier versions of each image of a project stay, so that a rollback needs no network */
  readonly keepVersions: number;
  /**
   * what was pulled or run within this time stays, in `ms`; `undefined`: nothing of that, but what an
   * install that did not come to its end has fetched within the last day
   */
  readonly graceMs: number | undefined;
}
