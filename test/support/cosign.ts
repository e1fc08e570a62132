import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { httpRequest } from './http-request.js';
import { ociDigest } from './oci-layout.js';
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
  /** digest that the payload names */
  readonly digest: string;
  readonly key: CosignKey;
  /** what the payload calls the repository; default that of Docker Hub */
  readonly identity?: string;
  /** digest under which the signature is filed; default the same */
  readonly filedUnder?: string;
  /** as a referrer (OCI 1.1, by its fallback tag) instead of under cosign's tag */
  readonly asReferrer?: boolean;
  /** replaces the payload after it was signed */
  readonly tamperedPayload?: string;
}

/** Signs an image as cosign does, and pushes the signature. */
export async function cosignSign(registry: PushTarget, signing: CosignSigning): Promise<void> {
  const { repository, digest, key } = signing;
  const payload = JSON.stringify({
    critical: {
      identity: { 'docker-reference': signing.identity ?? `index.docker.io/${repository}` },
      image: { 'docker-manifest-digest': digest },
      type: 'cosign container image signature',
    },
    optional: null,
  });
  const algorithm = key.privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  const signature = sign(algorithm, Buffer.from(payload), key.privateKey).toString('base64');
  const layer = await pushBlob(registry, repository, signing.tamperedPayload ?? payload);
  const config = await pushBlob(registry, repository, '{}');
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
    layers: [
      {
        mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
        ...layer,
        annotations: { 'dev.cosignproject.cosign/signature': signature },
      },
    ],
  });
  const tag = (signing.filedUnder ?? digest).replace(':', '-');
  if (!signing.asReferrer) {
    await putManifest(registry, `${repository}/manifests/${tag}.sig`, manifest);
    return;
  }
  const referrer = ociDigest(Buffer.from(manifest));
  await putManifest(registry, `${repository}/manifests/${referrer}`, manifest);
  const index = JSON.stringify({
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests: [
      {
        mediaType: OCI_MANIFEST,
        digest: referrer,
        size: manifest.length,
        artifactType: 'application/vnd.dev.cosign.artifact.sig.v1+json',
      },
    ],
  });
  await putManifest(registry, `${repository}/manifests/${tag}`, index, OCI_INDEX);
}

const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';

async function pushBlob(registry: PushTarget, repository: string, text: string) {
  const body = Buffer.from(text);
  const digest = ociDigest(body);
  const start = `${registry.url}/v2/${repository}/blobs/uploads/`;
  const { headers } = await httpRequest(start, { method: 'POST' });
  const location = new URL(headers.location ?? '', registry.url);
  location.searchParams.set('digest', digest);
  const type = { 'content-type': 'application/octet-stream' };
  const { status } = await httpRequest(location, { method: 'PUT', body, headers: type });
  if (status !== 201) throw new Error(`the registry answers a blob with ${status}`);
  return { digest, size: body.length };
}

async function putManifest(
  registry: PushTarget,
  path: string,
  ...[text, mediaType = OCI_MANIFEST]: [text: string, mediaType?: string]
): Promise<void> {
  const { status } = await httpRequest(`${registry.url}/v2/${path}`, {
    method: 'PUT',
    body: Buffer.from(text),
    headers: { 'content-type': mediaType },
  });
  if (status !== 201) throw new Error(`the registry answers a manifest with ${status}`);
}
