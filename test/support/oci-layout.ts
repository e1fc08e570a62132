import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { zstdStored } from './zstd-stored.js';

/** How a layer's tar bytes are wrapped in its blob. */
export type LayerCompression = 'none' | 'gzip' | 'zstd';

export interface OciLayerInput {
  /** uncompressed tar bytes; their sha-256 is the diffID */
  readonly tar: Uint8Array;
  /** default `gzip` */
  readonly compression?: LayerCompression;
  /** stored instead of the compressed tar: for broken or unusual compressions */
  readonly blob?: Uint8Array;
  /** instead of the media type that goes with format and compression */
  readonly mediaType?: string;
  /** instead of the true one */
  readonly diffId?: string;
}

export interface OciImageInput {
  readonly layers: readonly (OciLayerInput | Uint8Array)[];
  /** the `config` object of the image configuration: `Env`, `Cmd`, `User`, … */
  readonly config?: Readonly<Record<string, unknown>>;
  /** default `linux/amd64` */
  readonly platform?: {
    readonly os: string;
    readonly architecture: string;
    readonly variant?: string;
  };
  /** media types of the manifest and its parts; default `oci` */
  readonly format?: 'oci' | 'docker';
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface OciDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

export interface WrittenImage {
  readonly manifest: OciDescriptor;
  readonly config: OciDescriptor;
  readonly layers: readonly OciDescriptor[];
  readonly diffIds: readonly string[];
}

export interface WrittenLayout {
  readonly directory: string;
  /** what the tag points at: the only manifest, or the index over several */
  readonly top: OciDescriptor;
  readonly images: readonly WrittenImage[];
}

const MEDIA_TYPES = {
  oci: {
    index: 'application/vnd.oci.image.index.v1+json',
    manifest: 'application/vnd.oci.image.manifest.v1+json',
    config: 'application/vnd.oci.image.config.v1+json',
    none: 'application/vnd.oci.image.layer.v1.tar',
    gzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
    zstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  },
  docker: {
    index: 'application/vnd.docker.distribution.manifest.list.v2+json',
    manifest: 'application/vnd.docker.distribution.manifest.v2+json',
    config: 'application/vnd.docker.container.image.v1+json',
    none: 'application/vnd.docker.image.rootfs.diff.tar',
    gzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
    zstd: 'application/vnd.docker.image.rootfs.diff.tar.zstd',
  },
} as const;

/**
 * Writes an OCI image layout with one tag. One image is tagged directly; several stand under an
 * index. The same input gives the same bytes, so digests can be compared across runs.
 */
export async function writeOciLayout(
  directory: string,
  input: OciImageInput | readonly OciImageInput[],
  options: { readonly tag?: string } = {},
): Promise<WrittenLayout> {
  const inputs = Array.isArray(input) ? (input as readonly OciImageInput[]) : undefined;
  const all = inputs ?? [input as OciImageInput];
  await mkdir(join(directory, 'blobs', 'sha256'), { recursive: true });
  const images: WrittenImage[] = [];
  for (const image of all) images.push(await writeImage(directory, image));
  const top = inputs ? await writeIndex(directory, all, images) : images[0]!.manifest;
  const tagged = {
    ...top,
    annotations: { 'org.opencontainers.image.ref.name': options.tag ?? 'latest' },
  };
  await writeFile(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  await writeFile(
    join(directory, 'index.json'),
    JSON.stringify({ schemaVersion: 2, manifests: [tagged] }),
  );
  return { directory, top, images };
}

/** Returns the sha-256 digest of `bytes` as the OCI specification writes it. */
export function ociDigest(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

async function writeIndex(
  directory: string,
  inputs: readonly OciImageInput[],
  images: readonly WrittenImage[],
): Promise<OciDescriptor> {
  const { index: mediaType } = MEDIA_TYPES[inputs[0]?.format ?? 'oci'];
  const manifests = images.map((image, position) => ({
    ...image.manifest,
    platform: platformOf(inputs[position]!),
  }));
  return writeJson(directory, mediaType, { schemaVersion: 2, mediaType, manifests });
}

async function writeImage(directory: string, image: OciImageInput): Promise<WrittenImage> {
  const types = MEDIA_TYPES[image.format ?? 'oci'];
  const layers: OciDescriptor[] = [];
  const diffIds: string[] = [];
  for (const item of image.layers) {
    const layer: OciLayerInput = item instanceof Uint8Array ? { tar: item } : item;
    const compression = layer.compression ?? 'gzip';
    const blob = layer.blob ?? compress(layer.tar, compression);
    layers.push(await writeBlob(directory, layer.mediaType ?? types[compression], blob));
    diffIds.push(layer.diffId ?? ociDigest(layer.tar));
  }
  const config = await writeJson(directory, types.config, {
    created: '2026-01-01T00:00:00Z',
    ...platformOf(image),
    config: image.config ?? {},
    rootfs: { type: 'layers', diff_ids: diffIds },
  });
  const manifest = await writeJson(directory, types.manifest, {
    schemaVersion: 2,
    mediaType: types.manifest,
    config,
    layers,
    ...(image.annotations ? { annotations: image.annotations } : {}),
  });
  return { manifest, config, layers, diffIds };
}

function platformOf(image: OciImageInput): NonNullable<OciImageInput['platform']> {
  return image.platform ?? { os: 'linux', architecture: 'amd64' };
}

function compress(tar: Uint8Array, compression: LayerCompression): Uint8Array {
  if (compression === 'gzip') return gzipSync(tar, { level: 6 });
  return compression === 'zstd' ? zstdStored(tar) : tar;
}

async function writeJson(
  directory: string,
  mediaType: string,
  value: unknown,
): Promise<OciDescriptor> {
  return writeBlob(directory, mediaType, Buffer.from(JSON.stringify(value)));
}

async function writeBlob(
  directory: string,
  mediaType: string,
  bytes: Uint8Array,
): Promise<OciDescriptor> {
  const digest = ociDigest(bytes);
  await writeFile(join(directory, 'blobs', 'sha256', digest.slice('sha256:'.length)), bytes);
  return { mediaType, digest, size: bytes.length };
}
