import { httpRequest } from './http-request.js';
import { ociDigest } from './oci-layout.js';
import type { PushTarget } from './push-oci-layout.js';

export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';

/** A manifest of something else than an image, with its layers as text. */
export interface Artifact {
  readonly layers: readonly {
    readonly mediaType: string;
    readonly text: string;
    readonly annotations?: Readonly<Record<string, string>>;
  }[];
  readonly configMediaType: string;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** digest of the manifest that it refers to */
  readonly subject?: string;
}

/** Where an artifact goes. */
export interface ArtifactPlace {
  readonly repository: string;
  /** default: its digest alone */
  readonly tag?: string;
}

/**
 * Pushes an artifact. One that refers to a manifest is added to the index under the fallback tag if
 * the registry does not say that it has taken note (OCI distribution-spec v1.1, "Pushing Manifests
 * with Subject").
 */
export async function pushArtifact(
  registry: PushTarget,
  { repository, tag }: ArtifactPlace,
  artifact: Artifact,
): Promise<void> {
  const { artifactType, annotations, subject, configMediaType } = artifact;
  const config = await pushBlob(registry, repository, '{}');
  const layers = [];
  for (const { mediaType, text, annotations: notes } of artifact.layers) {
    const annotated = notes ? { annotations: notes } : {};
    layers.push({ mediaType, ...(await pushBlob(registry, repository, text)), ...annotated });
  }
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    ...(artifactType ? { artifactType } : {}),
    config: { mediaType: configMediaType, ...config },
    layers,
    ...(subject ? { subject: { mediaType: OCI_INDEX, digest: subject, size: 2 } } : {}),
    ...(annotations ? { annotations } : {}),
  });
  const digest = ociDigest(Buffer.from(manifest));
  const place = `${repository}/manifests/${tag ?? digest}`;
  const isNoted = await putManifest(registry, place, { text: manifest, mediaType: OCI_MANIFEST });
  if (!subject || isNoted) return;
  const entry = { mediaType: OCI_MANIFEST, digest, size: manifest.length, artifactType };
  await addToFallback(registry, { repository, subject }, { ...entry, annotations });
}

async function addToFallback(
  registry: PushTarget,
  { repository, subject }: { readonly repository: string; readonly subject: string },
  entry: object,
): Promise<void> {
  const path = `${repository}/manifests/${subject.replace(':', '-')}`;
  const headers = { accept: OCI_INDEX };
  const { status, body } = await httpRequest(`${registry.url}/v2/${path}`, { headers });
  const known = status === 200 ? (JSON.parse(body.toString()) as { manifests: object[] }) : null;
  const manifests = [...(known?.manifests ?? []), entry];
  const text = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests });
  await putManifest(registry, path, { text, mediaType: OCI_INDEX });
}

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

/** Returns whether the registry says that it has noted what the manifest refers to. */
async function putManifest(
  registry: PushTarget,
  path: string,
  { text, mediaType }: { readonly text: string; readonly mediaType: string },
): Promise<boolean> {
  const { status, headers } = await httpRequest(`${registry.url}/v2/${path}`, {
    method: 'PUT',
    body: Buffer.from(text),
    headers: { 'content-type': mediaType },
  });
  if (status !== 201) throw new Error(`the registry answers a manifest with ${status}`);
  return headers['oci-subject'] !== undefined;
}
