import { execFileSync } from 'node:child_process';

const MANIFEST_TYPES = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');
const REFERENCE = /^(?<host>[^/]+)\/(?<repository>.+):(?<tag>[^:/]+)$/;

/**
 * Returns where the layers of `image` (`HOST:PORT/REPOSITORY:TAG`, one platform) are, the lowest
 * first, as asked from the plain HTTP registry that serves the images of the benchmarks.
 */
export function layerUrls(image: string): string[] {
  const { host, repository, tag } = REFERENCE.exec(image)!.groups!;
  const base = `http://${host}/v2/${repository}`;
  const argv = ['-sfL', '-H', `Accept: ${MANIFEST_TYPES}`, `${base}/manifests/${tag}`];
  const manifest = JSON.parse(execFileSync('curl', argv, { encoding: 'utf8' })) as {
    layers: readonly { digest: string }[];
  };
  return manifest.layers.map(({ digest }) => `${base}/blobs/${digest}`);
}
