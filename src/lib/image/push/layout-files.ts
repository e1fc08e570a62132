import type { Digest } from '../../base/digest.js';
import type { OpenedFile } from '../archive/file-set.js';
import { documentBlob, encodeJson } from '../archive/made-manifest.js';
import type { DocumentPart, ImageParts } from './image-parts.js';

/** A file of an OCI image layout. */
export interface LayoutFile extends OpenedFile {
  readonly path: string;
}

/**
 * Returns the files of the OCI image layout of one image, in the order in which they are to be
 * written.
 *
 * @param name what the image is called in it; absent: nothing
 * @see OCI image-spec v1.1, image-layout.md
 */
export function layoutFiles(parts: ImageParts, name: string | undefined): LayoutFile[] {
  const annotations =
    name === undefined ? {} : { annotations: { 'org.opencontainers.image.ref.name': name } };
  const { mediaType, digest, bytes } = parts.top;
  const index = encodeJson({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [{ mediaType, digest, size: bytes.length, ...annotations }],
  });
  const documents = [parts.top, ...parts.manifests];
  return [
    { path: 'oci-layout', ...documentBlob(encodeJson({ imageLayoutVersion: '1.0.0' })) },
    { path: 'index.json', ...documentBlob(index) },
    ...documents.map((document: DocumentPart) => ({
      path: blobPath(document.digest),
      ...documentBlob(document),
    })),
    ...parts.blobs.map((blob) => ({
      path: blobPath(blob.digest),
      sizeBytes: blob.sizeBytes,
      open: () => blob.open(),
    })),
  ];
}

/** Returns the directories of a layout, parents first. */
export const LAYOUT_DIRECTORIES: readonly string[] = ['blobs', 'blobs/sha256'];

function blobPath(digest: Digest): string {
  return `blobs/${digest.replace(':', '/')}`;
}
