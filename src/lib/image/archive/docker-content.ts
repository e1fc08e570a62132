/*
 * What `docker save`, `podman save` and `skopeo copy docker-archive:` write:
 *
 *   manifest.json   [{"Config": path, "RepoTags": [name:tag], "Layers": [path, bottom first]}]
 *
 * The archive has no manifest with digests. One is made of what it has, the same for the same
 * archive: an uncompressed layer has its diffID for a digest, so nothing needs to be read for it.
 */
import { createHash } from 'node:crypto';
import { digestFromHash, digestOf, type Digest } from '../../base/digest.js';
import { redact } from '../../base/redact.js';
import {
  isJsonObject,
  type Descriptor,
  type JsonObject,
} from '../../registry/manifest/descriptor.js';
import { MAX_LAYERS } from '../../registry/manifest/manifest.js';
import { parseImageConfig } from '../image-config.js';
import { archiveInvalid, notInArchive } from './archive-errors.js';
import { readSmallFile, type FileSet, type OpenedFile } from './file-set.js';
import type { ContentBlob, ImageContent } from './image-content.js';
import { documentBlob, encodeManifest, type EncodedDocument } from './made-manifest.js';

/** The most images of an archive: each is looked at when it is opened. */
export const MAX_DOCKER_IMAGES = 1000;

const LAYER = 'application/vnd.oci.image.layer.v1.tar';
const GZIP_MAGIC = [0x1f, 0x8b] as const;

/**
 * Returns the content of an archive in Docker's format.
 *
 * @throws {MonoError} `ARCHIVE_INVALID`, `IMAGE_CONFIG_INVALID`; as the files do
 */
export async function openDockerArchive(files: FileSet): Promise<ImageContent> {
  const blobs = new Map<Digest, ContentBlob>();
  const images: { readonly names: readonly string[]; readonly digest: Digest }[] = [];
  for (const item of await readList(files)) {
    const { manifest, parts } = await readImage(files, item);
    for (const [digest, blob] of parts) blobs.set(digest, blob);
    blobs.set(manifest.digest, documentBlob(manifest));
    images.push({ names: texts(item['RepoTags']), digest: manifest.digest });
  }
  return {
    name: files.name,
    tags: images.flatMap(({ names }) => names),
    find(tag) {
      const named = images.filter(
        ({ names }) => tag === undefined || names.some((name) => name.endsWith(`:${tag}`)),
      );
      const digests = new Set(named.map(({ digest }) => digest));
      const [digest] = digests;
      if (digest !== undefined && digests.size === 1) return digest;
      const many = digest === undefined ? 'the image' : 'one image';
      throw notInArchive(files.name, tag === undefined ? many : `${many} \`${redact(tag)}\``);
    },
    open: (digest) => Promise.resolve(blobs.get(digest)),
    close: () => files.close(),
  };
}

async function readList(files: FileSet): Promise<JsonObject[]> {
  const bytes = await readSmallFile(files, 'manifest.json');
  if (!bytes) throw archiveInvalid(files.name, 'it has no `manifest.json`');
  const list = parseJson(files, bytes);
  if (!Array.isArray(list) || !list.every(isJsonObject)) {
    throw archiveInvalid(files.name, '`manifest.json` is not a list of images');
  }
  if (list.length > MAX_DOCKER_IMAGES) {
    throw archiveInvalid(files.name, `it has more than ${MAX_DOCKER_IMAGES} images`);
  }
  return list;
}

function parseJson(files: FileSet, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw archiveInvalid(files.name, '`manifest.json` is not JSON in UTF-8', error);
  }
}

interface ReadImage {
  readonly manifest: EncodedDocument;
  readonly parts: readonly [Digest, ContentBlob][];
}

async function readImage(files: FileSet, item: JsonObject): Promise<ReadImage> {
  const configPath = typeof item['Config'] === 'string' ? item['Config'] : '';
  const config = await readSmallFile(files, configPath);
  if (!config) throw archiveInvalid(files.name, `it lacks \`${redact(configPath)}\``);
  const { diffIds } = parseImageConfig(config, files.name);
  const paths = texts(item['Layers']);
  if (paths.length !== diffIds.length || paths.length > MAX_LAYERS) {
    throw archiveInvalid(
      files.name,
      `an image has ${paths.length} layers, its configuration ${diffIds.length} diffIDs`,
    );
  }
  const layers: Descriptor[] = [];
  const parts: [Digest, ContentBlob][] = [];
  for (const [position, path] of paths.entries()) {
    const file = await files.find(path);
    if (!file) throw archiveInvalid(files.name, `it lacks \`${redact(path)}\``);
    const layer = await describeLayer(file, diffIds[position] as Digest);
    layers.push(layer);
    parts.push([layer.digest, file]);
  }
  const document = { bytes: config, digest: digestOf(config) };
  parts.push([document.digest, documentBlob(document)]);
  return { manifest: encodeManifest(document, layers), parts };
}

async function describeLayer(file: OpenedFile, diffId: Digest): Promise<Descriptor> {
  const { sizeBytes } = file;
  if (!(await isGzip(file))) return { mediaType: LAYER, digest: diffId, sizeBytes };
  const hash = createHash('sha256');
  for await (const piece of file.open()) hash.update(piece);
  return { mediaType: `${LAYER}+gzip`, digest: digestFromHash(hash.digest()), sizeBytes };
}

async function isGzip(file: OpenedFile): Promise<boolean> {
  const head: number[] = [];
  for await (const piece of file.open()) {
    head.push(...piece.subarray(0, GZIP_MAGIC.length));
    if (head.length >= GZIP_MAGIC.length) break;
  }
  return GZIP_MAGIC.every((byte, position) => head[position] === byte);
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
