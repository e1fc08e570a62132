import type { Digest } from '../../base/digest.js';
import type { CatalogImage } from '../../image/catalog/catalog-records.js';
import type { ImageConfig } from '../../image/image-config.js';
import { parseImageReference } from '../../image/source/image-source.js';
import type { Platform } from '../../registry/platform.js';
import type { SignatureFormat } from '../../registry/signature/signature-evidence.js';
import type { SignedImage } from '../../registry/signature/signature-gate.js';
import { noSuchName } from '../install/add-requirements.js';
import { versionOf } from './list.js';
import type { LockedImage } from '../lockfile/lockfile.js';
import { bestPlatform } from '../install/plan-install.js';
import { readProject } from '../project-file/project-directory.js';
import { formatRequirement } from '../requirement/requirement.js';

/** What is known of an image of a project; `mono inspect --json` prints it. */
export interface ImageInspection {
  readonly name: string;
  readonly requirement: string;
  /** what is locked; `null` when nothing is */
  readonly locked: LockInspection | null;
  /** `null` when nobody demands a signature */
  readonly signature: SignatureInspection | null;
  /** the image for the platform that was asked for; `null` when it is not installed */
  readonly installed: InstalledInspection | null;
}

/** Which signature an image must have, and has. */
export interface SignatureInspection {
  /** the pattern in the user's configuration that demands one */
  readonly requiredBy: string;
  /** what is kept here and meets the demand; `null` when nothing is */
  readonly verified: {
    /** `SHA256:` and the digest of the key in base64 */
    readonly key: string;
    readonly format: SignatureFormat;
    /** digest of the manifest that the signature came in */
    readonly manifest: Digest;
  } | null;
}

/** What the lockfile says of an image. */
export interface LockInspection {
  readonly version: string;
  readonly resolved: string;
  readonly digest: Digest;
  /** fingerprint of the key that had signed it when it was locked; `null` when none was demanded */
  readonly signedBy: string | null;
  readonly platforms: readonly {
    readonly platform: string;
    readonly manifest: Digest;
    readonly root: string | null;
  }[];
}

/** What the store has of an image. */
export interface InstalledInspection {
  readonly platform: string;
  readonly manifest: Digest;
  readonly root: string;
  /** size of the layers' archives */
  readonly unpackedBytes: number;
  readonly layers: readonly {
    readonly digest: Digest;
    readonly diffId: Digest;
    readonly mediaType: string;
    /** compressed */
    readonly sizeBytes: number;
  }[];
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly env: readonly string[];
  readonly workdir: string;
  readonly user: string;
  /** `80/tcp` */
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** What inspecting asks of the store. */
export interface InspectServices {
  readonly platform: Platform;
  findImage(manifest: Digest): Promise<CatalogImage | undefined>;
  readConfig(image: CatalogImage): Promise<ImageConfig>;
  /** Asks nobody: what is kept here is checked again. */
  signatureOf(image: SignedImage): Promise<SignatureInspection | null>;
}

/**
 * Returns what mono.yaml, mono.lock and the store know of the image `name`.
 *
 * @throws {MonoError} `IMAGE_NOT_FOUND`, and as `readProject`
 */
export async function inspectImage(
  directory: string,
  name: string,
  services: InspectServices,
): Promise<ImageInspection> {
  const { file, lock } = await readProject(directory);
  const requirement = file.images.get(name);
  if (!requirement) throw noSuchName('image', name, [...file.images.keys()]);
  const locked = lock.images.get(name);
  return {
    name,
    requirement: formatRequirement(requirement),
    locked: locked ? describeLock(locked) : null,
    signature: locked ? await services.signatureOf(signedImage(locked)) : null,
    installed: locked ? await describeInstalled(locked, services) : null,
  };
}

function signedImage({ resolved, digest }: LockedImage): SignedImage {
  return { reference: parseImageReference(resolved), digest };
}

function describeLock(locked: LockedImage): LockInspection {
  return {
    version: versionOf(locked),
    resolved: locked.resolved,
    digest: locked.digest,
    signedBy: locked.signedBy ?? null,
    platforms: [...locked.platforms].map(([platform, { manifest, root }]) => ({
      platform,
      manifest,
      root: root ?? null,
    })),
  };
}

async function describeInstalled(
  locked: LockedImage,
  services: InspectServices,
): Promise<InstalledInspection | null> {
  const chosen = bestPlatform(locked, services.platform);
  const image = chosen && (await services.findImage(chosen.locked.manifest));
  if (!image) return null;
  const config = await services.readConfig(image);
  return {
    platform: image.platform,
    manifest: image.manifest.digest,
    root: image.root.toString(),
    unpackedBytes: image.unpackedBytes,
    layers: image.layers.map(({ digest, diffId, mediaType, sizeBytes }) => ({
      digest,
      diffId,
      mediaType,
      sizeBytes,
    })),
    entrypoint: config.entrypoint,
    command: config.cmd,
    env: config.env,
    workdir: config.workingDir,
    user: config.user,
    ports: config.exposedPorts.map(({ port, protocol }) => `${port}/${protocol}`),
    volumes: config.volumes,
    labels: config.labels,
  };
}
