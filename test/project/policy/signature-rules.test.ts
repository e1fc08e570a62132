import { describe, expect, it } from 'vitest';
import { signatureRuleFor } from '../../../src/lib/project/policy/signature-rules.js';
import { readUserConfig } from '../../../src/lib/project/user-config.js';
import { failureOf } from '../../support/failure.js';

const RULES = `
signatures:
  index.docker.io/acme/*: { key: /etc/acme.pub }
  docker.io/acme/legacy: { keys: [/etc/old.pub, /etc/new.pub], identity: any }
  ghcr.io/*: { key: /etc/ghcr.pub }
  node: { key: /etc/node.pub }
`;

describe('signatureRuleFor()', () => {
  const { signatures = [] } = readUserConfig(RULES, 'config.yaml');

  it.each([
    ['docker.io/acme/app', ['/etc/acme.pub'], false],
    ['docker.io/acme/deep/app', ['/etc/acme.pub'], false],
    ['docker.io/acme/legacy', ['/etc/old.pub', '/etc/new.pub'], true],
    ['ghcr.io/any/thing', ['/etc/ghcr.pub'], false],
    ['docker.io/library/node', ['/etc/node.pub'], false],
  ])('finds the longest rule that covers %s', (repository, keyFiles, anyRepository) => {
    expect(signatureRuleFor(signatures, repository)).toMatchObject({ keyFiles, anyRepository });
  });

  it.each(['docker.io/acmeevil/app', 'quay.io/acme/app', 'docker.io/library/nodejs'])(
    'finds none for %s',
    (repository) => {
      expect(signatureRuleFor(signatures, repository)).toBeUndefined();
    },
  );
});

describe('readSignatureRules()', () => {
  it.each([
    ['a star in the middle', 'a.b/*/c: { key: /k }'],
    ['a tag', 'a.b/c:1: { key: /k }'],
    ['no key', 'a.b/c: {}'],
    ['a relative path', 'a.b/c: { key: k.pub }'],
    ['an unknown identity', 'a.b/c: { key: /k, identity: all }'],
    ['an unknown field', 'a.b/c: { key: /k, kee: /k }'],
  ])('refuses %s', (_name, line) => {
    const error = failureOf(() => readUserConfig(`signatures:\n  ${line}\n`, 'config.yaml'));

    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toContain('config.yaml:2:');
  });
});
