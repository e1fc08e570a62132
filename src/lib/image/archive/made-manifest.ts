import { digestOf, type Digest } from '../../base/digest.js';
import type { Descriptor } from '../../registry/manifest/descriptor.js';
import type { ContentBlob } from './image-content.js';

/** The media type of the manifests that are made here. */
export const MADE_MANIFEST_MEDIA_TYPE = 'application/vnd.oci.image.manifest.v1+json';

const CONFIG_MEDIA_TYPE = 'application/vnd.oci.image.config.v1+json';

/** A document and its digest. */
export interface EncodedDocument {
  readonly digest: Digest;
  readonly bytes: Uint8Array;
  readonly mediaType?: string | undefined;
}

/** Returns the manifest of an image that comes without one; equal parts give equal bytes. */
export function encodeManifest(
  config: EncodedDocument,
  layers: readonly Descriptor[],
  configMediaType: string = CONFIG_MEDIA_TYPE,
): EncodedDocument & { readonly mediaType: string } {
  const descriptor = { mediaType: configMediaType, ...plain(config) };
  const document = encodeJson({
    schemaVersion: 2,
    mediaType: MADE_MANIFEST_MEDIA_TYPE,
    config: descriptor,
    layers: layers.map(({ mediaType, digest, sizeBytes }) => ({
      mediaType,
      digest,
      size: sizeBytes,
    })),
  });
  return { ...document, mediaType: MADE_MANIFEST_MEDIA_TYPE };
}

/** Returns a document of JSON with the keys in the order in which they are given. */
export function encodeJson(value: unknown): EncodedDocument {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return { bytes, digest: digestOf(bytes) };
}

/** Returns a document as a blob. */
export function documentBlob({ bytes, mediaType }: EncodedDocument): ContentBlob {
  return { sizeBytes: bytes.length, mediaType, open: () => once(bytes) };
}

function plain({ digest, bytes }: EncodedDocument): { digest: Digest; size: number } {
  return { digest, size: bytes.length };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield bytes;
}
