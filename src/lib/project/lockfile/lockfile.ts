import type { Digest } from '../../base/digest.js';

/** The name of a project's lockfile. */
export const LOCKFILE_NAME = 'mono.lock';

/** The version of the format that is written, and the only one that is read. */
export const LOCKFILE_VERSION = 1;

/** What `mono.lock` says; the format is `docs/formats/lockfile.md`. */
export interface Lockfile {
  /** by the names that the project gives its images */
  readonly images: ReadonlyMap<string, LockedImage>;
}

/** What a requirement was resolved to. */
export interface LockedImage {
  /** the requirement that was resolved, in its one spelling */
  readonly requirement: string;
  /** fully qualified reference with the tag that was chosen, if one was */
  readonly resolved: string;
  /** digest of the index, or of the manifest where the tag names one directly */
  readonly digest: Digest;
  /** fingerprint of the key that had signed it when it was locked, if that was demanded */
  readonly signedBy?: string;
  /** by platform (`linux/amd64`): all that the index offers for Linux */
  readonly platforms: ReadonlyMap<string, LockedPlatform>;
}

/** One platform's variant of an image. */
export interface LockedPlatform {
  readonly manifest: Digest;
  /** CID of the root directory; present once the platform has been built by anyone */
  readonly root?: string;
}

/** A lockfile without images. */
export const EMPTY_LOCKFILE: Lockfile = { images: new Map() };

const LOCKABLE_PLATFORM = /^linux\/[a-z0-9]{1,32}(?:\/[a-z0-9.]{1,32})?$/;

/** Returns whether `platform` can stand in a lockfile: one that a microVM could run. */
export function isLockablePlatform(platform: string): boolean {
  return LOCKABLE_PLATFORM.test(platform);
}
