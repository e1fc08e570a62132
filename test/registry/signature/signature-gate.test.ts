import { describe, expect, it } from 'vitest';
import { parseReference } from '../../../src/lib/registry/reference.js';
import { signatureFinder } from '../../../src/lib/registry/signature/require-signatures.js';
import {
  signatureGate,
  type EvidenceLog,
  type SignedImage,
} from '../../../src/lib/registry/signature/signature-gate.js';
import { cosignKey, cosignSign, cosignSignBundle, type CosignKey } from '../../support/cosign.js';
import { rejectionOf } from '../../support/failure.js';
import { clientFor } from '../test-client.js';
import { demandsOf, evidenceLog, useSignatureImages } from './signature-images.js';

const images = useSignatureImages();
const key = cosignKey();

describe('signatureGate()', () => {
  it.each(['simple-signing', 'bundle'] as const)(
    'keeps what a %s was checked with, and asks nobody the next time',
    async (format) => {
      const image = await signedImage(format);
      const log = evidenceLog();
      const found = await gateOf(log).check(image, finder());

      const again = await gateOf(log).check(image);

      expect(again).toEqual({ ...found, evidence: { ...found?.evidence } });
      expect(again?.evidence.format).toBe(format);
    },
  );

  it('asks once in its life', async () => {
    const image = await signedImage('simple-signing');
    const gate = gateOf({ find: () => undefined, keep: () => undefined });
    await gate.check(image, finder());

    expect(await gate.check(image)).toBeDefined();
  });

  it('does not believe what is kept when the key is trusted no more, and asks again', async () => {
    const image = await signedImage('simple-signing');
    const log = evidenceLog();
    await gateOf(log).check(image, finder());
    const next = cosignKey();
    const gate = gateOf(log, [next]);

    const offline = await rejectionOf(gate.check(image));
    const online = await rejectionOf(gate.check(image, finder()));

    expect(offline.message).toContain('no signature of it is kept here');
    expect(online.message).toContain('it is by another key');
    await sign(image, next);
    expect(await gate.check(image, finder())).toBeDefined();
  });

  it('does not take what is kept of one image for another', async () => {
    const image = await signedImage('simple-signing');
    const log = evidenceLog();
    const passed = await gateOf(log).check(image, finder());
    const other = { ...image, reference: parseReference('acme/other:1') };
    if (passed) log.keep('docker.io/acme/other', image.digest, passed.evidence);

    const error = await rejectionOf(gateOf(log, [key], false).check(other));

    expect(error.code).toBe('SIGNATURE_INVALID');
  });

  it('demands nothing where no rule does', async () => {
    const gate = signatureGate(() => Promise.resolve(undefined), evidenceLog());

    expect(await gate.check(await signedImage('bundle'))).toBeUndefined();
  });
});

async function signedImage(format: 'simple-signing' | 'bundle'): Promise<SignedImage> {
  const { registry, digest, push } = images();
  const repository = await push();
  const image = { reference: parseReference(`${repository}:1`), digest };
  if (format === 'bundle') await cosignSignBundle(registry, { repository, digest, key });
  else await sign(image, key);
  return image;
}

async function sign({ reference, digest }: SignedImage, by: CosignKey): Promise<void> {
  await cosignSign(images().registry, { repository: reference.repository, digest, key: by });
}

function gateOf(log: EvidenceLog, keys: readonly CosignKey[] = [key], anyRepository = true) {
  return signatureGate(demandsOf(keys, { anyRepository }), log);
}

function finder() {
  return signatureFinder(clientFor(images().registry), undefined);
}
