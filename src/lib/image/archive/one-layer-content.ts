import { createHash } from 'node:crypto';
import { digestFromHash, type Digest } from '../../base/digest.js';
import { formatPlatform, type Platform } from '../../registry/platform.js';
import { decompress } from '../layer/decompress.js';
import type { LayerCompression } from '../layer/media-type.js';
import { asArchiveError, notInArchive } from './archive-errors.js';
import type { ContentBlob, ImageContent } from './image-content.js';
import { documentBlob, encodeJson, encodeManifest } from './made-manifest.js';

const LAYER = 'application/vnd.oci.image.layer.v1.tar';

/** A tar archive of a whole tree, and what is to be said of it. */
export interface OneLayer {
  /** how errors call it */
  readonly name: string;
  /** Returns the archive from its beginning, the same bytes with every call. */
  open(): AsyncIterable<Uint8Array>;
  readonly compression: LayerCompression;
  readonly platform: Platform;
  /** the `config` object of the image configuration; default empty */
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  close(): Promise<void>;
}

/**
 * Returns an image whose only layer is a tar archive. Configuration and manifest are made of the
 * archive, the platform and `config` alone: the same on every machine. Reads the archive once.
 *
 * @throws {MonoError} `ARCHIVE_INVALID` when it cannot be decompressed; what reading it throws
 */
export async function openOneLayer(layer: OneLayer): Promise<ImageContent> {
  const { name, compression, platform } = layer;
  const measured = await measure(layer);
  const config = encodeJson({
    architecture: platform.architecture,
    ...(platform.variant === undefined ? {} : { variant: platform.variant }),
    os: platform.os,
    config: layer.config ?? {},
    rootfs: { type: 'layers', diff_ids: [measured.diffId] },
  });
  const { digest, sizeBytes } = measured;
  const mediaType = compression === 'none' ? LAYER : `${LAYER}+${compression}`;
  const manifest = encodeManifest(config, [{ mediaType, digest, sizeBytes }]);
  const blobs = new Map<Digest, ContentBlob>([
    [manifest.digest, documentBlob(manifest)],
    [config.digest, documentBlob(config)],
    [digest, { sizeBytes, open: () => layer.open() }],
  ]);
  return {
    name,
    tags: [],
    find(tag) {
      if (tag === undefined) return manifest.digest;
      const hint = `It has one image, for \`${formatPlatform(platform)}\`, without a name.`;
      throw notInArchive(name, `the image \`${tag}\``, hint);
    },
    open: (wanted) => Promise.resolve(blobs.get(wanted)),
    close: () => layer.close(),
  };
}

interface Measured {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly diffId: Digest;
}

async function measure(layer: OneLayer): Promise<Measured> {
  const blob = createHash('sha256');
  const archive = createHash('sha256');
  let sizeBytes = 0;
  async function* hashed(): AsyncGenerator<Uint8Array> {
    for await (const piece of layer.open()) {
      blob.update(piece);
      sizeBytes += piece.length;
      yield piece;
    }
  }
  try {
    for await (const piece of decompress(hashed(), layer.compression)) archive.update(piece);
  } catch (error) {
    throw asArchiveError(error, layer.name);
  }
  return {
    digest: digestFromHash(blob.digest()),
    sizeBytes,
    diffId: digestFromHash(archive.digest()),
  };
}
