import type { MonoError } from '../../errors.js';
import {
  isJsonObject,
  parseJsonObject,
  readDescriptor,
  type Descriptor,
  type JsonObject,
} from '../manifest/descriptor.js';
import { manifestError } from '../manifest/manifest.js';
import type { SignatureEvidence } from './signature-evidence.js';

/** What cosign signs on its own: a JSON document that names the digest of an image. */
export const SIMPLE_SIGNING_MEDIA_TYPE = 'application/vnd.dev.cosign.simplesigning.v1+json';

/** A bundle of Sigstore: what is signed, the signature, and what says whose it is. */
export const BUNDLE_MEDIA_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

/** Annotation of a layer of {@link SIMPLE_SIGNING_MEDIA_TYPE}: the signature over it, in base64. */
const SIGNATURE_ANNOTATION = 'dev.cosignproject.cosign/signature';

/** Annotation of such a layer: the certificate of a signature that is keyless. */
const CERTIFICATE_ANNOTATION = 'dev.sigstore.cosign/certificate';

/** The most signatures of one image that are looked at. People have one or two. */
export const MAX_SIGNATURES = 64;

/** Where a signature is, and what is known of it already. */
export interface SignatureLayer
  extends Descriptor, Omit<SignatureEvidence, 'document' | 'manifest'> {}

/**
 * Returns the signatures that a manifest holds; what else may be in it is passed over, since anything
 * can refer to an image.
 *
 * @throws {MonoError} `MANIFEST_INVALID`
 * @see https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
 * @see https://github.com/sigstore/cosign/blob/main/specs/BUNDLE_SPEC.md
 */
export function readSignatureManifest(bytes: Uint8Array, subject: string): SignatureLayer[] {
  function refuse(reason: string): MonoError {
    return manifestError(subject, reason);
  }
  const { layers } = parseJsonObject(bytes, refuse);
  if (!Array.isArray(layers)) return [];
  if (layers.length > MAX_SIGNATURES) throw refuse(`it has more than ${MAX_SIGNATURES} signatures`);
  return layers.flatMap((layer: unknown, index) => {
    const signature = isJsonObject(layer) ? signatureIn(layer) : undefined;
    if (!signature) return [];
    return [{ ...readDescriptor(layer, `layers[${index}]`, refuse), ...signature }];
  });
}

function signatureIn({
  mediaType,
  annotations,
}: JsonObject): Omit<SignatureLayer, keyof Descriptor> | undefined {
  if (mediaType === BUNDLE_MEDIA_TYPE) {
    return { format: 'bundle', signature: new Uint8Array(0), hasCertificate: false };
  }
  if (mediaType !== SIMPLE_SIGNING_MEDIA_TYPE || !isJsonObject(annotations)) return undefined;
  const text = annotations[SIGNATURE_ANNOTATION];
  if (typeof text !== 'string') return undefined;
  return {
    format: 'simple-signing',
    signature: new Uint8Array(Buffer.from(text, 'base64')),
    hasCertificate: CERTIFICATE_ANNOTATION in annotations,
  };
}
