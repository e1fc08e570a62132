import { redact } from '../../base/redact.js';
import { MonoError } from '../../errors.js';

/** How the tar archive of a layer is wrapped. */
export type LayerCompression = 'none' | 'gzip' | 'zstd';

const COMPRESSIONS: ReadonlyMap<string, LayerCompression> = new Map([
  ['application/vnd.oci.image.layer.v1.tar', 'none'],
  ['application/vnd.oci.image.layer.v1.tar+gzip', 'gzip'],
  ['application/vnd.oci.image.layer.v1.tar+zstd', 'zstd'],
  ['application/vnd.docker.image.rootfs.diff.tar', 'none'],
  ['application/vnd.docker.image.rootfs.diff.tar.gzip', 'gzip'],
  ['application/vnd.docker.image.rootfs.diff.tar.zstd', 'zstd'],
]);

const FOREIGN = [
  'application/vnd.oci.image.layer.nondistributable.v1.tar',
  'application/vnd.docker.image.rootfs.foreign.diff.tar',
];

/**
 * Returns how a layer of this media type is compressed.
 *
 * @throws {MonoError} `LAYER_MEDIA_TYPE_UNSUPPORTED` for layers that may not be distributed (they
 *   are of Windows images) and for whatever else is no filesystem layer
 * @see OCI image-spec v1.1, layer.md, "`+gzip` Media Types" and following
 */
export function layerCompression(layer: {
  readonly digest: string;
  readonly mediaType: string;
}): LayerCompression {
  const { digest, mediaType } = layer;
  const compression = COMPRESSIONS.get(mediaType);
  if (compression) return compression;
  const isForeign = FOREIGN.some((prefix) => mediaType.startsWith(prefix));
  const state = isForeign ? 'it is not distributed by registries' : 'that is no filesystem layer';
  throw new MonoError(
    'LAYER_MEDIA_TYPE_UNSUPPORTED',
    `Cannot unpack layer \`${digest}\` of media type \`${redact(mediaType)}\`: ${state}`,
    { details: { digest, mediaType: redact(mediaType) } },
  );
}
