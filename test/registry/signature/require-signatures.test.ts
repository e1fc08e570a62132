import { describe, expect, it } from 'vitest';
import { parseReference } from '../../../src/lib/registry/reference.js';
import { requireSignatures } from '../../../src/lib/registry/signature/require-signatures.js';
import { signatureGate } from '../../../src/lib/registry/signature/signature-gate.js';
import {
  cosignKey,
  cosignSign,
  cosignSignBundle,
  type BundleSigning,
  type CosignKey,
  type SimpleSigning,
} from '../../support/cosign.js';
import { rejectionOf } from '../../support/failure.js';
import { clientFor } from '../test-client.js';
import { demandsOf, evidenceLog, PLATFORM, useSignatureImages } from './signature-images.js';

const images = useSignatureImages();
const key = cosignKey();
const other = cosignKey();
const OTHER_DIGEST = `sha256:${'0'.repeat(64)}`;
const CERTIFICATE = Buffer.from('no certificate, but nobody looks');

describe('requireSignatures()', () => {
  const accepted: [string, Partial<SimpleSigning>, CosignKey?][] = [
    ['a signature under the tag of cosign', {}],
    ['a signature that refers to the image', { asReferrer: true }],
    ['a signature by an RSA key', {}, cosignKey('rsa')],
    ['a signature by an Ed25519 key', {}, cosignKey('ed25519')],
    ['a certificate beside the signature by the key', { certificate: 'PEM' }],
  ];
  it.each(accepted)('lets an image pass with %s', async (_name, signing, signer = key) => {
    const repository = await simplySigned({ ...signing, key: signer });

    expect((await resolve(repository, [other, signer])).index?.digest).toBe(images().digest);
  });

  const refused: [string, Partial<SimpleSigning>, string][] = [
    ['by another key', { key: other }, 'it is by another key'],
    ['of another image', { digest: OTHER_DIGEST }, 'it signs another image'],
    ['for another repository', { identity: 'ghcr.io/evil/a' }, 'it signs for another repository'],
    ['whose payload was changed', { tamperedPayload: '{}' }, 'it is by another key'],
    ['without a key', { key: other, certificate: 'PEM' }, 'it is keyless, by a certificate'],
  ];
  it.each(refused)('refuses an image with a signature %s', async (_name, signing, reason) => {
    const repository = await simplySigned({ ...signing, filedUnder: images().digest });

    const error = await rejectionOf(resolve(repository, [key]));

    expect(error.code).toBe('SIGNATURE_INVALID');
    expect(error.message).toContain(
      `Cannot trust \`docker.io/${repository}@${images().digest}\`: of its 1 signatures none counts: ${reason}`,
    );
  });

  it('refuses an image without a signature', async () => {
    const error = await rejectionOf(resolve(await images().push(), [key]));

    expect(error.message).toContain('it is not signed');
  });

  it('counts a signature for another repository when any will do', async () => {
    const repository = await simplySigned({ identity: 'ghcr.io/acme/a' });

    const resolved = await resolve(repository, [key], { anyRepository: true });

    expect(resolved.index?.digest).toBe(images().digest);
  });

  it('asks nothing of repositories that no rule is about', async () => {
    const repository = await images().push();
    const gate = signatureGate(() => Promise.resolve(undefined), evidenceLog());
    const client = requireSignatures(clientFor(images().registry), gate);

    const resolved = await client.resolve(parseReference(`${repository}:1`), PLATFORM);

    expect(resolved.index?.digest).toBe(images().digest);
  });
});

describe.each(['the API for referrers', 'the fallback tag'])('a bundle, found by %s', (by) => {
  const accepted: [string, Partial<BundleSigning>, CosignKey?][] = [
    ['by a key of ECDSA', {}],
    ['by a key of RSA', {}, cosignKey('rsa')],
    ['by a key of Ed25519', {}, cosignKey('ed25519')],
    ['that a list gives no type of its own', { isUntyped: true }],
    ['that a list says nothing else of', { isUnannotated: true }],
  ];
  it.each(accepted)('lets an image pass %s', async (_name, signing, signer = key) => {
    const repository = await bundleSigned({ ...signing, key: signer });

    const resolved = await resolve(repository, [other, signer], { anyRepository: true, at: by });

    expect(resolved.index?.digest).toBe(images().digest);
  });

  it('is found among attestations', async () => {
    const repository = await bundleSigned({ predicateType: 'https://slsa.dev/provenance/v1' });
    await bundleSigned({}, repository);

    const resolved = await resolve(repository, [key], { anyRepository: true, at: by });

    expect(resolved.index?.digest).toBe(images().digest);
  });

  const refused: [string, Partial<BundleSigning>, string][] = [
    ['by another key', { key: other }, 'it is by another key'],
    ['of another image', { digest: OTHER_DIGEST }, 'it signs another image'],
    ['whose statement was changed', { tamperedPayload: '{}' }, 'it is by another key'],
    ['without a key', { certificate: CERTIFICATE }, 'it is keyless, by a certificate'],
    [
      'of something else than the image itself',
      { predicateType: 'https://slsa.dev/provenance/v1', isUnannotated: true },
      'it signs no image',
    ],
  ];
  it.each(refused)('does not count %s', async (_name, signing, reason) => {
    const repository = await bundleSigned({ ...signing, filedUnder: images().digest });

    const error = await rejectionOf(resolve(repository, [key], { anyRepository: true, at: by }));

    expect(error.code).toBe('SIGNATURE_INVALID');
    expect(error.message).toContain(`of its 1 signatures none counts: ${reason}`);
  });

  it('does not count where a repository must be named, and says what to do', async () => {
    const repository = await bundleSigned({});

    const error = await rejectionOf(resolve(repository, [key], { at: by }));

    expect(error.message).toContain('`identity: any` accepts those');
  });

  /** Signs through the same way by which it is looked for. */
  async function bundleSigned(signing: Partial<BundleSigning>, known?: string): Promise<string> {
    const { registry, withApi, digest, push } = images();
    const repository = known ?? (await push());
    const target = by === 'the API for referrers' ? withApi : registry;
    await cosignSignBundle(target, { repository, digest, key, ...signing });
    return repository;
  }
});

async function simplySigned(signing: Partial<SimpleSigning>): Promise<string> {
  const { registry, digest, push } = images();
  const repository = await push();
  await cosignSign(registry, { repository, digest, key, ...signing });
  return repository;
}

async function resolve(
  repository: string,
  keys: readonly CosignKey[],
  { anyRepository = false, at = '' } = {},
) {
  const { registry, withApi } = images();
  const gate = signatureGate(demandsOf(keys, { anyRepository }), evidenceLog());
  const client = clientFor({ url: (at === 'the API for referrers' ? withApi : registry).url });
  return requireSignatures(client, gate).resolve(parseReference(`${repository}:1`), PLATFORM);
}
