import type { Digest } from '../../base/digest.js';
import type { InstallResult, PulledImage } from './install.js';
import { versionOf } from '../inspect/list.js';
import { describeHeld, type HeldBack } from '../policy/release-policy.js';
import type { MovedTag } from './moved-tags.js';
import type { PlannedImage } from './plan-install.js';

/** What `mono install --json` prints; `schemas/install.json`. */
export interface InstallReport {
  readonly dryRun: boolean;
  readonly images: readonly InstalledImage[];
  /** names that are in the lockfile no more */
  readonly removed: readonly string[];
  readonly fileChanged: boolean;
  readonly lockChanged: boolean;
  /** tags that name other bytes than those that are locked, and were not followed */
  readonly moved: readonly MovedTag[];
}

/** What an install did about one image. */
export interface InstalledImage {
  readonly name: string;
  readonly requirement: string;
  readonly resolved: string;
  readonly version: string;
  /** version that was locked before; `null` when none was */
  readonly previousVersion: string | null;
  readonly digest: Digest;
  readonly platform: string;
  readonly manifest: Digest;
  /** CID of the root directory; `null` in a dry run that has not built it */
  readonly root: string | null;
  readonly change: PlannedImage['change'];
  readonly action: PlannedImage['action'];
  /** bytes that came over the network */
  readonly fetchedBytes: number;
  /** bytes of layers that the store had already */
  readonly reusedBytes: number;
  /** newer releases that are too fresh for the update policy, newest first */
  readonly heldBack: readonly HeldBack[];
}

/** Returns `result` in the form that is printed as JSON. */
export function installReport(result: InstallResult): InstallReport {
  return {
    dryRun: result.dryRun,
    images: result.plan.images.map((image) => describe(image, result.pulled.get(image.name))),
    removed: result.plan.removed,
    fileChanged: result.fileChanged,
    lockChanged: result.lockChanged,
    moved: result.moved,
  };
}

function describe(image: PlannedImage, pulled: PulledImage | undefined): InstalledImage {
  const { locked } = image;
  return {
    name: image.name,
    requirement: locked.requirement,
    resolved: locked.resolved,
    version: versionOf(locked),
    previousVersion: image.before ? versionOf(image.before) : null,
    digest: locked.digest,
    platform: image.platform,
    manifest: image.manifest,
    root: image.root ?? null,
    change: image.change,
    action: image.action,
    fetchedBytes: pulled?.fetchedBytes ?? 0,
    reusedBytes: pulled?.reusedBytes ?? 0,
    heldBack: describeHeld(image.heldBack),
  };
}
