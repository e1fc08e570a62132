import type { MonoError } from '../../errors.js';
import { parseJsonObject, readDescriptor, type Descriptor } from './descriptor.js';
import { manifestError, MAX_INDEX_ENTRIES, MAX_LAYERS, MAX_MANIFEST_BYTES } from './manifest.js';

/** What a manifest or index names. */
export interface ManifestContent {
  /** entries of an index */
  readonly manifests: readonly Descriptor[];
  /** configuration and layers of a manifest */
  readonly blobs: readonly Descriptor[];
}

/**
 * Returns what a document names, whatever it is for: unlike `parseManifest` this takes attestations
 * and other artifacts too, of which nothing but a copy is wanted.
 *
 * @param subject how errors name the document
 * @throws {MonoError} `MANIFEST_INVALID`
 */
export function readManifestContent(bytes: Uint8Array, subject: string): ManifestContent {
  function refuse(reason: string): MonoError {
    return manifestError(subject, reason);
  }
  function read(value: unknown, name: string, limit: number): Descriptor[] {
    if (!Array.isArray(value)) throw refuse(`\`${name}\` is not a list`);
    if (value.length > limit) throw refuse(`it has more than ${limit} ${name}`);
    return value.map((item, index) => readDescriptor(item, `${name}[${index}]`, refuse));
  }
  if (bytes.length > MAX_MANIFEST_BYTES) {
    throw refuse(`it is larger than ${MAX_MANIFEST_BYTES} bytes`);
  }
  const { manifests, config, layers } = parseJsonObject(bytes, refuse);
  if (manifests !== undefined && (config !== undefined || layers !== undefined)) {
    throw refuse('it has the fields of an image and of an index');
  }
  if (manifests !== undefined) {
    return { manifests: read(manifests, 'manifests', MAX_INDEX_ENTRIES), blobs: [] };
  }
  const all = [readDescriptor(config, 'config', refuse), ...read(layers, 'layers', MAX_LAYERS)];
  return { manifests: [], blobs: all };
}
