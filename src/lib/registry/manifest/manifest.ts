import { redact } from '../../base/redact.js';
import { MonoError } from '../../errors.js';
import {
  isJsonObject,
  parseJsonObject,
  readDescriptor,
  type Descriptor,
  type JsonObject,
  type Refuse,
} from './descriptor.js';
import {
  IMAGE_CONFIG_MEDIA_TYPES,
  INDEX_MEDIA_TYPES,
  MANIFEST_MEDIA_TYPES,
  mediaTypeOf,
  SCHEMA1_MEDIA_TYPES,
} from './media-types.js';
import type { Platform } from '../platform.js';

/** The most bytes a manifest may have: the limit that OCI distribution-spec v1.1 names. */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

/** The most layers of an image. Builders stop at 127; each layer costs a tree merge here. */
export const MAX_LAYERS = 1024;

/** The most entries of an index. Real ones have some dozens. */
export const MAX_INDEX_ENTRIES = 4096;

/** The manifest of one image for one platform. */
export interface Manifest {
  readonly kind: 'image';
  readonly mediaType: string;
  readonly config: Descriptor;
  /** bottom layer first */
  readonly layers: readonly Descriptor[];
}

/** One entry of an index. */
export interface IndexEntry extends Descriptor {
  /** `undefined` when the entry does not say; then the image's configuration does */
  readonly platform: Platform | undefined;
  /** about another entry (provenance, SBOM) and not an image */
  readonly isAttestation: boolean;
}

/** A list of manifests: of one image for several platforms, or of further lists. */
export interface ImageIndex {
  readonly kind: 'index';
  readonly mediaType: string;
  readonly manifests: readonly IndexEntry[];
}

/** What {@link parseManifest} must know beside the bytes. */
export interface ManifestSource {
  /** how errors name the manifest, such as the reference it was asked for */
  readonly subject: string;
  /** `Content-Type` of the answer, or the media type of the descriptor that led here */
  readonly contentType: string | undefined;
}

/**
 * Returns the manifest or index that `bytes` hold, its structure checked: descriptors well formed,
 * limits kept, and one meaning only (a document with the fields of both kinds is refused, since
 * two readers could see two images in it: CVE-2021-41190).
 *
 * @throws {MonoError} `MANIFEST_INVALID`
 * @see OCI image-spec v1.1, manifest.md and image-index.md
 */
export function parseManifest(bytes: Uint8Array, source: ManifestSource): Manifest | ImageIndex {
  function refuse(reason: string): MonoError {
    return manifestError(source.subject, reason);
  }
  if (bytes.length > MAX_MANIFEST_BYTES) {
    throw refuse(`it is larger than ${MAX_MANIFEST_BYTES} bytes`);
  }
  const document = parseJsonObject(bytes, refuse);
  const mediaType = readMediaType(document, source.contentType, refuse);
  if (INDEX_MEDIA_TYPES.has(mediaType)) return readIndex(document, mediaType, refuse);
  return readImage(document, mediaType, refuse);
}

/** Returns the error for a manifest that cannot be used, for this reason. */
export function manifestError(subject: string, reason: string): MonoError {
  return new MonoError('MANIFEST_INVALID', `Cannot use the manifest of \`${subject}\`: ${reason}`, {
    details: { reference: subject, reason },
  });
}

function readMediaType(
  document: JsonObject,
  contentType: string | undefined,
  refuse: Refuse,
): string {
  const outer = knownMediaType(mediaTypeOf(contentType));
  const field = document['mediaType'];
  const inner = knownMediaType(typeof field === 'string' ? field : undefined);
  if ([outer, inner].some((type) => type !== undefined && SCHEMA1_MEDIA_TYPES.has(type))) {
    throw refuse('it is in the old schema 1, which has no sizes; push the image again');
  }
  if (document['schemaVersion'] !== 2) throw refuse('its schema version is not 2');
  if (outer !== undefined && inner !== undefined && outer !== inner) {
    throw refuse(`it was sent as \`${outer}\` but says that it is \`${inner}\``);
  }
  const mediaType = inner ?? outer ?? inferMediaType(document, field);
  if (mediaType === undefined) {
    const name = typeof field === 'string' ? field : (contentType ?? 'none');
    throw refuse(`its media type is \`${redact(name)}\``);
  }
  return mediaType;
}

/** OCI makes the field optional, and some servers send every manifest as plain JSON. */
function inferMediaType(document: JsonObject, field: unknown): string | undefined {
  if (field !== undefined) return undefined;
  const [indexType] = INDEX_MEDIA_TYPES;
  const [imageType] = MANIFEST_MEDIA_TYPES;
  if ('manifests' in document) return indexType;
  return 'config' in document ? imageType : undefined;
}

function knownMediaType(type: string | undefined): string | undefined {
  if (type === undefined) return undefined;
  const isKnown = [INDEX_MEDIA_TYPES, MANIFEST_MEDIA_TYPES, SCHEMA1_MEDIA_TYPES].some((types) =>
    types.has(type),
  );
  return isKnown ? type : undefined;
}

function readImage(document: JsonObject, mediaType: string, refuse: Refuse): Manifest {
  if ('manifests' in document) throw refuse('it has the fields of an image and of an index');
  const config = readDescriptor(document['config'], 'config', refuse);
  if (!IMAGE_CONFIG_MEDIA_TYPES.has(config.mediaType)) {
    throw refuse(`it is not an image but \`${redact(config.mediaType)}\``);
  }
  const list = document['layers'];
  if (!Array.isArray(list)) throw refuse('`layers` is not a list');
  if (list.length > MAX_LAYERS) throw refuse(`it has more than ${MAX_LAYERS} layers`);
  const layers = list.map((item, index) => readDescriptor(item, `layers[${index}]`, refuse));
  return { kind: 'image', mediaType, config, layers };
}

function readIndex(document: JsonObject, mediaType: string, refuse: Refuse): ImageIndex {
  if ('layers' in document || 'config' in document) {
    throw refuse('it has the fields of an image and of an index');
  }
  const list = document['manifests'];
  if (!Array.isArray(list)) throw refuse('`manifests` is not a list');
  if (list.length > MAX_INDEX_ENTRIES) {
    throw refuse(`it has more than ${MAX_INDEX_ENTRIES} entries`);
  }
  const manifests = list.map((item, index) => readEntry(item, `manifests[${index}]`, refuse));
  return { kind: 'index', mediaType, manifests };
}

function readEntry(value: unknown, where: string, refuse: Refuse): IndexEntry {
  const descriptor = readDescriptor(value, where, refuse);
  const { platform, annotations, artifactType } = value as JsonObject;
  const referenceType = isJsonObject(annotations)
    ? annotations['vnd.docker.reference.type']
    : undefined;
  return {
    ...descriptor,
    platform: platform === undefined ? undefined : readPlatform(platform, where, refuse),
    isAttestation: referenceType === 'attestation-manifest' || isArtifact(artifactType),
  };
}

function isArtifact(artifactType: unknown): boolean {
  return typeof artifactType === 'string' && !IMAGE_CONFIG_MEDIA_TYPES.has(artifactType);
}

function readPlatform(value: unknown, where: string, refuse: Refuse): Platform {
  if (!isJsonObject(value)) throw refuse(`\`${where}.platform\` is not an object`);
  const { os, architecture, variant } = value;
  if (typeof os !== 'string' || typeof architecture !== 'string') {
    throw refuse(`\`${where}.platform\` lacks an operating system or an architecture`);
  }
  const hasVariant = typeof variant === 'string' && variant !== '';
  return { os, architecture, ...(hasVariant ? { variant } : {}) };
}
