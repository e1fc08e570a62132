import { CID } from 'multiformats/cid';
import type { Digest } from '../../base/digest.js';
import type {
  CatalogDocument,
  CatalogImage,
  CatalogLayer,
  NewCatalogImage,
} from './catalog-records.js';

/** A row of `layers`. */
export interface LayerRow {
  readonly diff_id: Digest;
  readonly change_set: string;
  readonly unpacked_bytes: number;
  readonly entry_count: number;
  readonly added_at: number;
  readonly recipe: string | null;
}

/** A row of `SELECT_IMAGES`. */
export interface ImageRow {
  readonly manifest_digest: Digest;
  readonly manifest_cid: string;
  readonly manifest_media_type: string;
  readonly index_digest: Digest | null;
  readonly index_cid: string | null;
  readonly config_digest: Digest;
  readonly config_cid: string;
  readonly platform: string;
  readonly chain_id: Digest;
  readonly root: string;
  readonly unpacked_bytes: number;
  readonly added_at: number;
}

/** A row of `image_layers`. */
export interface ImageLayerRow {
  readonly diff_id: Digest;
  readonly digest: Digest;
  readonly media_type: string;
  readonly size_bytes: number;
}

/** Returns the image that a row and the rows of its layers describe. */
export function toImage(row: ImageRow, layers: readonly ImageLayerRow[]): CatalogImage {
  return {
    manifest: { digest: row.manifest_digest, cid: CID.parse(row.manifest_cid) },
    manifestMediaType: row.manifest_media_type,
    index: toDocument(row.index_digest, row.index_cid),
    config: { digest: row.config_digest, cid: CID.parse(row.config_cid) },
    platform: row.platform,
    chainId: row.chain_id,
    layers: layers.map((layer) => ({
      diffId: layer.diff_id,
      digest: layer.digest,
      mediaType: layer.media_type,
      sizeBytes: layer.size_bytes,
    })),
    root: CID.parse(row.root),
    unpackedBytes: row.unpacked_bytes,
    addedAt: row.added_at,
  };
}

/** Returns the layer that a row describes. */
export function toLayer(row: LayerRow): CatalogLayer {
  return {
    diffId: row.diff_id,
    changeSet: CID.parse(row.change_set),
    unpackedBytes: row.unpacked_bytes,
    entryCount: row.entry_count,
    recipe: row.recipe === null ? undefined : CID.parse(row.recipe),
  };
}

/** Returns the named parameters that record a layer. */
export function layerParameters(layer: CatalogLayer): Record<string, string | number | null> {
  const { diffId, unpackedBytes, entryCount } = layer;
  return {
    ...{ diffId, unpackedBytes, entryCount, addedAt: Date.now() },
    changeSet: layer.changeSet.toString(),
    recipe: layer.recipe?.toString() ?? null,
  };
}

/** Returns the named parameters that record an image. */
export function imageParameters(image: NewCatalogImage): Record<string, string | number | null> {
  const { manifest, index, config, manifestMediaType, platform, chainId } = image;
  return {
    manifestDigest: manifest.digest,
    manifestCid: manifest.cid.toString(),
    manifestMediaType,
    indexDigest: index?.digest ?? null,
    indexCid: index?.cid.toString() ?? null,
    configDigest: config.digest,
    configCid: config.cid.toString(),
    platform,
    chainId,
    addedAt: Date.now(),
  };
}

/** Returns the named parameters that record the layers of an image. */
export function imageLayerParameters(image: NewCatalogImage): Record<string, string | number>[] {
  const manifestDigest = image.manifest.digest;
  return image.layers.map(({ diffId, digest, mediaType, sizeBytes }, position) => ({
    manifestDigest,
    position,
    diffId,
    digest,
    mediaType,
    sizeBytes,
  }));
}

function toDocument(digest: Digest | null, cid: string | null): CatalogDocument | undefined {
  return digest !== null && cid !== null ? { digest, cid: CID.parse(cid) } : undefined;
}
