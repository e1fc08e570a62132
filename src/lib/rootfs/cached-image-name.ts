import type { CID } from 'multiformats/cid';
import { TEMPORARY_PREFIX } from '../io/atomic-file.js';
import { ROOTFS_FORMAT_VERSION } from './rootfs-uuid.js';

const IMAGE_NAME = /^(?<root>b[a-z2-7]+)\.dense-(?<version>\d+)\.erofs$/;
const TEMPORARY_SUFFIX = /-[0-9a-f]+$/;

/** What the name of a cached image tells. */
export interface CachedImageName {
  readonly root: string;
  /** whether this version of the writer made it */
  readonly isCurrent: boolean;
}

/** Returns the file name of the image of `root`: `<root>.dense-<version of the writer>.erofs`. */
export function cachedImageName(root: CID): string {
  return `${root.toString()}.dense-${ROOTFS_FORMAT_VERSION}.erofs`;
}

/** Returns what `file` tells, or `undefined` when it is not the name of a cached image. */
export function parseCachedImageName(file: string): CachedImageName | undefined {
  const groups = IMAGE_NAME.exec(file)?.groups;
  const root = groups?.['root'];
  if (root === undefined) return undefined;
  return { root, isCurrent: groups?.['version'] === String(ROOTFS_FORMAT_VERSION) };
}

/** Returns the name of the image that the temporary file `file` was to become. */
export function parseTemporaryName(file: string): string | undefined {
  if (!file.startsWith(TEMPORARY_PREFIX)) return undefined;
  const name = file.slice(TEMPORARY_PREFIX.length).replace(TEMPORARY_SUFFIX, '');
  return IMAGE_NAME.test(name) ? name : undefined;
}
