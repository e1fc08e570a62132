import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { Digest } from '../../../src/lib/base/digest.js';
import type {
  EvidenceLog,
  SignatureDemands,
} from '../../../src/lib/registry/signature/signature-gate.js';
import type { SignatureEvidence } from '../../../src/lib/registry/signature/signature-evidence.js';
import { readSignatureKey } from '../../../src/lib/registry/signature/signature-key.js';
import type { CosignKey } from '../../support/cosign.js';
import { startDockerRegistry, type DockerRegistry } from '../../support/docker-registry.js';
import { writeOciLayout } from '../../support/oci-layout.js';
import { pushOciLayout } from '../../support/push-oci-layout.js';
import {
  startReferrersRegistry,
  type ReferrersRegistry,
} from '../../support/referrers-registry.js';
import { writeTar } from '../../support/tar-writer.js';

export const PLATFORM = { os: 'linux', architecture: 'amd64' };

/** A registry, with and without the API for referrers, and images in it that are to be signed. */
export interface SignatureImages {
  readonly registry: DockerRegistry;
  readonly withApi: ReferrersRegistry;
  /** of the index of every image */
  readonly digest: Digest;
  /** Pushes the image for two platforms to a repository of its own and returns its name. */
  readonly push: () => Promise<string>;
}

/** Returns a function that returns the registry, which lives as long as the file's tests. */
export function useSignatureImages(): () => SignatureImages {
  const scratch = mkdtempSync(join(tmpdir(), 'mono-cosign-'));
  let images: SignatureImages | undefined;
  let turn = 0;

  beforeAll(async () => {
    const registry = await startDockerRegistry();
    const image = { layers: [writeTar([{ name: 'a', content: 'b' }])], config: {} };
    const platforms = ['amd64', 'arm64'].map((architecture) => ({ os: 'linux', architecture }));
    const all = platforms.map((platform) => ({ ...image, platform }));
    const layout = await writeOciLayout(join(scratch, 'oci'), all, { tag: '1' });
    images = {
      registry,
      withApi: await startReferrersRegistry(registry),
      digest: layout.top.digest as Digest,
      async push() {
        const repository = `acme/image-${(turn += 1)}`;
        await pushOciLayout(registry, join(scratch, 'oci'), `${repository}:1`);
        return repository;
      },
    };
  });

  afterAll(async () => {
    await images?.withApi.stop();
    await images?.registry.stop();
    rmSync(scratch, { recursive: true, force: true });
  });

  return () => {
    if (!images) throw new Error('the registry is not there yet');
    return images;
  };
}

/** Returns the demand of a signature by one of `keys`. */
export function demandsOf(
  keys: readonly CosignKey[],
  { anyRepository = false } = {},
): SignatureDemands {
  const trusted = keys.map(({ publicPem }) => readSignatureKey(publicPem, 'test'));
  return () => Promise.resolve({ keys: trusted, anyRepository });
}

/** Returns a log in memory. */
export function evidenceLog(): EvidenceLog & { readonly entries: Map<string, SignatureEvidence> } {
  const entries = new Map<string, SignatureEvidence>();
  return {
    entries,
    find: (repository, image) => entries.get(`${repository}@${image}`),
    keep(repository, image, evidence) {
      entries.set(`${repository}@${image}`, evidence);
    },
  };
}
