import type { MonoError } from '../../errors.js';
import {
  isJsonObject,
  parseJsonObject,
  readDescriptor,
  type Descriptor,
} from '../manifest/descriptor.js';
import { manifestError } from '../manifest/manifest.js';

/** What cosign signs: a JSON document that names the digest of an image. */
export const SIMPLE_SIGNING_MEDIA_TYPE = 'application/vnd.dev.cosign.simplesigning.v1+json';

/** Artifact type of signatures that refer to their image (OCI 1.1). */
export const SIGNATURE_ARTIFACT_TYPE = 'application/vnd.dev.cosign.artifact.sig.v1+json';

/** Annotation of a layer: the signature over its bytes, in base64. */
const SIGNATURE_ANNOTATION = 'dev.cosignproject.cosign/signature';

/** The most signatures of one image that are looked at. People have one or two. */
export const MAX_SIGNATURES = 64;

/** Where a signature's payload is, and the signature over it. */
export interface SignatureLayer extends Descriptor {
  readonly signature: Uint8Array;
}

/**
 * Returns the signatures that a manifest of cosign's holds; layers of other kinds are passed over.
 *
 * @throws {MonoError} `MANIFEST_INVALID`
 * @see https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
 */
export function readSignatureManifest(bytes: Uint8Array, subject: string): SignatureLayer[] {
  function refuse(reason: string): MonoError {
    return manifestError(subject, reason);
  }
  const { layers } = parseJsonObject(bytes, refuse);
  if (!Array.isArray(layers)) throw refuse('`layers` is not a list');
  if (layers.length > MAX_SIGNATURES) throw refuse(`it has more than ${MAX_SIGNATURES} signatures`);
  return layers.flatMap((layer: unknown, index) => {
    const descriptor = readDescriptor(layer, `layers[${index}]`, refuse);
    const annotations = isJsonObject(layer) ? layer['annotations'] : undefined;
    const text = isJsonObject(annotations) ? annotations[SIGNATURE_ANNOTATION] : undefined;
    if (descriptor.mediaType !== SIMPLE_SIGNING_MEDIA_TYPE || typeof text !== 'string') return [];
    return [{ ...descriptor, signature: new Uint8Array(Buffer.from(text, 'base64')) }];
  });
}

/** Returns the digests of the signatures in a list of what refers to an image. */
export function readReferrers(bytes: Uint8Array, subject: string): Descriptor[] {
  function refuse(reason: string): MonoError {
    return manifestError(subject, reason);
  }
  const { manifests } = parseJsonObject(bytes, refuse);
  if (!Array.isArray(manifests)) throw refuse('`manifests` is not a list');
  return manifests
    .filter((it) => isJsonObject(it) && it['artifactType'] === SIGNATURE_ARTIFACT_TYPE)
    .slice(0, MAX_SIGNATURES)
    .map((it, index) => readDescriptor(it, `manifests[${index}]`, refuse));
}
