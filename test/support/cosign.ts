import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  sign,
  type KeyObject,
} from 'node:crypto';
import { bundleToJSON, toDSSEBundle } from '@sigstore/bundle';
import { pushArtifact } from './push-artifact.js';
import type { PushTarget } from './push-oci-layout.js';

/** A pair of keys as `cosign generate-key-pair` makes it. */
export interface CosignKey {
  readonly privateKey: KeyObject;
  readonly publicPem: string;
}

/** Returns a new pair of keys: ECDSA on P-256 unless another kind is asked for. */
export function cosignKey(kind: 'ec' | 'rsa' | 'ed25519' = 'ec'): CosignKey {
  const encoding = { type: 'spki', format: 'pem' } as const;
  const { privateKey, publicKey } =
    kind === 'ec'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : kind === 'rsa'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : generateKeyPairSync('ed25519');
  return { privateKey, publicPem: publicKey.export(encoding).toString() };
}

/** What `cosign sign` is told. */
export interface CosignSigning {
  /** `library/a` */
  readonly repository: string;
  /** digest that is signed */
  readonly digest: string;
  readonly key: CosignKey;
  /** digest under which the signature is filed; default the same */
  readonly filedUnder?: string;
  /** replaces what was signed, after that */
  readonly tamperedPayload?: string;
}

/** What `cosign sign --new-bundle-format=false` is told. */
export interface SimpleSigning extends CosignSigning {
  /** what the payload calls the repository; default that of Docker Hub */
  readonly identity?: string;
  /** as a referrer (OCI 1.1) instead of under cosign's tag */
  readonly asReferrer?: boolean;
  /** of a signature without a key of one's own */
  readonly certificate?: string;
}

/** Signs an image as cosign does up to version 2, and pushes the signature. */
export async function cosignSign(registry: PushTarget, signing: SimpleSigning): Promise<void> {
  const { repository, digest, key, certificate } = signing;
  const payload = JSON.stringify({
    critical: {
      identity: { 'docker-reference': signing.identity ?? `index.docker.io/${repository}` },
      image: { 'docker-manifest-digest': digest },
      type: 'cosign container image signature',
    },
    optional: null,
  });
  const annotations = {
    'dev.cosignproject.cosign/signature': signed(key, Buffer.from(payload)).toString('base64'),
    ...(certificate ? { 'dev.sigstore.cosign/certificate': certificate } : {}),
  };
  const mediaType = 'application/vnd.dev.cosign.simplesigning.v1+json';
  const text = signing.tamperedPayload ?? payload;
  const artifact = {
    configMediaType: 'application/vnd.oci.image.config.v1+json',
    layers: [{ mediaType, text, annotations }],
  };
  const subject = signing.filedUnder ?? digest;
  if (!signing.asReferrer) {
    const tag = `${subject.replace(':', '-')}.sig`;
    await pushArtifact(registry, { repository, tag }, artifact);
    return;
  }
  const artifactType = 'application/vnd.dev.cosign.artifact.sig.v1+json';
  await pushArtifact(registry, { repository }, { ...artifact, artifactType, subject });
}

/** What `cosign sign` is told since version 3, or `cosign attest`. */
export interface BundleSigning extends CosignSigning {
  /** default: that of a signed image */
  readonly predicateType?: string;
  /** DER of a certificate, for a signature without a key of one's own */
  readonly certificate?: Buffer;
  /** whether the list of referrers leaves out what only the manifest's configuration says */
  readonly isUntyped?: boolean;
  /** whether lists have no annotations, as the fallback tags that cosign writes */
  readonly isUnannotated?: boolean;
}

const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

/** Signs an image as cosign does since version 3: with a Sigstore bundle that refers to it. */
export async function cosignSignBundle(registry: PushTarget, signing: BundleSigning) {
  const { repository, digest, key } = signing;
  const predicateType = signing.predicateType ?? 'https://sigstore.dev/cosign/sign/v1';
  const statement = JSON.stringify({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ digest: { sha256: digest.replace('sha256:', '') }, annotations: {} }],
    predicateType,
    predicate: {},
  });
  const type = 'application/vnd.in-toto+json';
  const encoded = Buffer.from(`DSSEv1 ${type.length} ${type} ${statement.length} ${statement}`);
  const bundle = toDSSEBundle({
    artifact: Buffer.from(signing.tamperedPayload ?? statement),
    artifactType: type,
    signature: signed(key, encoded),
    ...(signing.certificate ? { certificate: signing.certificate } : { keyHint: hintOf(key) }),
  });
  await pushArtifact(
    registry,
    { repository },
    {
      configMediaType: 'application/vnd.oci.empty.v1+json',
      ...(signing.isUntyped ? {} : { artifactType: BUNDLE }),
      layers: [{ mediaType: BUNDLE, text: JSON.stringify(bundleToJSON(bundle)) }],
      ...(signing.isUnannotated
        ? {}
        : {
            annotations: {
              'dev.sigstore.bundle.content': 'dsse-envelope',
              'dev.sigstore.bundle.predicateType': predicateType,
            },
          }),
      subject: signing.filedUnder ?? digest,
    },
  );
}

function signed({ privateKey }: CosignKey, bytes: Buffer): Buffer {
  const algorithm = privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  return sign(algorithm, bytes, privateKey);
}

/** As cosign names keys: the hash of their DER form. */
function hintOf({ privateKey }: CosignKey): string {
  const der = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('base64');
}
