import { describe, expect, it } from 'vitest';
import { readSignatureKey } from '../../../src/lib/registry/signature/signature-key.js';
import { cosignKey } from '../../support/cosign.js';
import { failureOf } from '../../support/failure.js';

describe('readSignatureKey()', () => {
  const key = cosignKey();

  it('gives a key the fingerprint that `openssl pkey -pubin -outform DER | openssl dgst -sha256` gives', () => {
    const pem = `-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
`;

    expect(readSignatureKey(pem, '/etc/key').fingerprint).toBe(
      'SHA256:oekVYFTgT6yJmunydRMs3Ael28TqLCrTof/G4NJTaB8',
    );
  });

  it.each([
    ['no key', 'hello'],
    ['a private key', key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()],
  ])('refuses %s', (_name, pem) => {
    expect(failureOf(() => readSignatureKey(pem, '/etc/key')).code).toBe('CONFIG_INVALID');
  });
});
