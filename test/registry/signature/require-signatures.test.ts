import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseReference } from '../../../src/lib/registry/reference.js';
import { readSignatureKey } from '../../../src/lib/registry/signature/check-signature.js';
import { requireSignatures } from '../../../src/lib/registry/signature/require-signatures.js';
import { cosignKey, cosignSign, type CosignKey, type CosignSigning } from '../../support/cosign.js';
import { startDockerRegistry, type DockerRegistry } from '../../support/docker-registry.js';
import { failureOf, rejectionOf } from '../../support/failure.js';
import { writeOciLayout } from '../../support/oci-layout.js';
import { pushOciLayout } from '../../support/push-oci-layout.js';
import { writeTar } from '../../support/tar-writer.js';
import { clientFor } from '../test-client.js';

const PLATFORM = { os: 'linux', architecture: 'amd64' };
const scratch = mkdtempSync(join(tmpdir(), 'mono-cosign-'));
const key = cosignKey();
const other = cosignKey();
const OTHER_DIGEST = `sha256:${'0'.repeat(64)}`;
let registry: DockerRegistry;
let digest = '';
let turn = 0;

beforeAll(async () => {
  registry = await startDockerRegistry();
  const image = { layers: [writeTar([{ name: 'a', content: 'b' }])], config: {} };
  const platforms = ['amd64', 'arm64'].map((architecture) => ({ os: 'linux', architecture }));
  const images = platforms.map((platform) => ({ ...image, platform }));
  const layout = await writeOciLayout(join(scratch, 'oci'), images, { tag: '1' });
  digest = layout.top.digest;
});

afterAll(async () => {
  await registry.stop();
  rmSync(scratch, { recursive: true, force: true });
});

describe('requireSignatures()', () => {
  const accepted: [string, Partial<CosignSigning>, CosignKey?][] = [
    ['a signature under the tag of cosign', {}],
    ['a signature that refers to the image', { asReferrer: true }],
    ['a signature by an RSA key', {}, cosignKey('rsa')],
    ['a signature by an Ed25519 key', {}, cosignKey('ed25519')],
  ];
  it.each(accepted)('lets an image pass with %s', async (_name, signing, signer = key) => {
    const repository = await push({ ...signing, key: signer });

    const resolved = await resolve(repository, [other, signer]);

    expect(resolved.index?.digest).toBe(digest);
  });

  const refused: [string, Partial<CosignSigning>, string][] = [
    ['by another key', { key: other }, 'it is by another key'],
    ['of another image', { digest: OTHER_DIGEST }, 'it signs another image'],
    ['for another repository', { identity: 'ghcr.io/evil/a' }, 'it signs for another repository'],
    ['whose payload was changed', { tamperedPayload: '{}' }, 'it is by another key'],
  ];
  it.each(refused)('refuses an image with a signature %s', async (_name, signing, reason) => {
    const repository = await push({ ...signing, filedUnder: digest });

    const error = await rejectionOf(resolve(repository, [key]));

    expect(error.code).toBe('SIGNATURE_INVALID');
    expect(error.message).toBe(
      `Cannot trust \`docker.io/${repository}@${digest}\`: of its 1 signatures none counts: ${reason}`,
    );
  });

  it('refuses an image without a signature', async () => {
    const repository = await push(undefined);

    const error = await rejectionOf(resolve(repository, [key]));

    expect(error.message).toContain('it is not signed');
  });

  it('counts a signature for another repository when any will do', async () => {
    const repository = await push({ identity: 'ghcr.io/acme/a' });

    const resolved = await resolve(repository, [key], { anyRepository: true });

    expect(resolved.index?.digest).toBe(digest);
  });

  it('asks nothing of repositories that no rule is about', async () => {
    const repository = await push(undefined);
    const client = requireSignatures(clientFor(registry), () => Promise.resolve(undefined));

    const resolved = await client.resolve(parseReference(`${repository}:1`), PLATFORM);

    expect(resolved.index?.digest).toBe(digest);
  });
});

describe('readSignatureKey()', () => {
  it.each([
    ['no key', 'hello'],
    ['a private key', key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()],
  ])('refuses %s', (_name, pem) => {
    expect(failureOf(() => readSignatureKey(pem, '/etc/key')).code).toBe('CONFIG_INVALID');
  });
});

/** Pushes the image to a repository of its own, signed as told, and returns its name. */
async function push(signing: Partial<CosignSigning> | undefined): Promise<string> {
  const repository = `acme/image-${(turn += 1)}`;
  await pushOciLayout(registry, join(scratch, 'oci'), `${repository}:1`);
  if (signing) await cosignSign(registry, { repository, digest, key, ...signing });
  return repository;
}

async function resolve(
  repository: string,
  keys: readonly CosignKey[],
  { anyRepository = false } = {},
) {
  const demand = {
    keys: keys.map(({ publicPem }) => readSignatureKey(publicPem, 'test')),
    anyRepository,
  };
  const client = requireSignatures(clientFor(registry), () => Promise.resolve(demand));
  return client.resolve(parseReference(`${repository}:1`), PLATFORM);
}
