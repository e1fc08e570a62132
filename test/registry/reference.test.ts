import * as fc from '../support/fast-check.js';
import { describe, expect, it } from 'vitest';
import {
  formatReference,
  MAX_NAME_LENGTH,
  parseReference,
  pinReference,
  withTag,
  type Reference,
} from '../../src/lib/registry/reference.js';
import { digestOf } from '../../src/lib/base/digest.js';
import { failureOf } from '../support/failure.js';

const HEX = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const DIGEST = `sha256:${HEX}`;

const goodReferences: readonly [text: string, formatted: string][] = [
  ['alpine', 'docker.io/library/alpine'],
  ['alpine:3.20', 'docker.io/library/alpine:3.20'],
  [`alpine@${DIGEST}`, `docker.io/library/alpine@${DIGEST}`],
  [`alpine:3@${DIGEST}`, `docker.io/library/alpine:3@${DIGEST}`],
  ['docker.io/alpine', 'docker.io/library/alpine'],
  ['index.docker.io/alpine', 'docker.io/library/alpine'],
  ['index.docker.io/grafana/grafana:1', 'docker.io/grafana/grafana:1'],
  ['grafana/grafana', 'docker.io/grafana/grafana'],
  ['DOCKER.IO/alpine', 'docker.io/library/alpine'],
  ['ghcr.io/alpine', 'ghcr.io/alpine'],
  ['ghcr.io/a/b/c/d:e', 'ghcr.io/a/b/c/d:e'],
  ['quay.io/library/alpine', 'quay.io/library/alpine'],
  ['localhost/alpine', 'localhost/alpine'],
  ['localhost:5000/alpine', 'localhost:5000/alpine'],
  ['localhost:5000', 'docker.io/library/localhost:5000'],
  ['host:1/a', 'host:1/a'],
  ['127.0.0.1/a', '127.0.0.1/a'],
  ['127.0.0.1:65535/a:b', '127.0.0.1:65535/a:b'],
  ['[::1]/a', '[::1]/a'],
  ['[::1]:5000/a:b', '[::1]:5000/a:b'],
  ['[2001:DB8::1]:5000/a', '[2001:db8::1]:5000/a'],
  [`[fe80::1]/a/b@${DIGEST}`, `[fe80::1]/a/b@${DIGEST}`],
  ['xn--bcher-kva.example/a', 'xn--bcher-kva.example/a'],
  ['a__b', 'docker.io/library/a__b'],
  ['a--b', 'docker.io/library/a--b'],
  ['a-----b/c.d_e__f-g', 'docker.io/a-----b/c.d_e__f-g'],
  ['0', 'docker.io/library/0'],
  ['a:_', 'docker.io/library/a:_'],
  ['a:A.b-C_0', 'docker.io/library/a:A.b-C_0'],
  [`a:${'t'.repeat(128)}`, `docker.io/library/a:${'t'.repeat(128)}`],
  [
    `ghcr.io/${'a'.repeat(MAX_NAME_LENGTH - 8)}:1@${DIGEST}`,
    `ghcr.io/${'a'.repeat(247)}:1@${DIGEST}`,
  ],
];

const badReferences: readonly [text: string, reason: string | RegExp][] = [
  ['', 'it is empty'],
  [' alpine', 'it contains white space'],
  ['alpine\n', 'it contains white space'],
  ['https://ghcr.io/a', 'it starts with `https://`'],
  ['docker://alpine', 'it starts with `docker://`'],
  ['Alpine', 'the repository has upper-case letters'],
  ['ghcr.io/Owner/App', 'the repository has upper-case letters'],
  ['Owner/app', 'the repository has upper-case letters'],
  ['ghcr.io/', 'the repository is empty'],
  [':1', 'the repository is empty'],
  [`@${DIGEST}`, 'the repository is empty'],
  ['/a', 'the repository has an empty component'],
  ['a//b', 'the repository has an empty component'],
  ['a/', 'the repository has an empty component'],
  ['a/../b', '`..` cannot stand in a repository'],
  ['_a', '`_a` cannot stand in a repository'],
  ['a_', '`a_` cannot stand in a repository'],
  ['a___b', '`a___b` cannot stand in a repository'],
  ['a..b', '`a..b` cannot stand in a repository'],
  ['a._b', '`a._b` cannot stand in a repository'],
  ['-a', '`-a` cannot stand in a repository'],
  ['a-', '`a-` cannot stand in a repository'],
  ['å', '`å` cannot stand in a repository'],
  ['a\u202eb', /cannot stand in a repository/],
  ['a\\b', '`a\\b` cannot stand in a repository'],
  ['a:', 'the tag is empty'],
  ['a:.b', '`.b` cannot be a tag'],
  ['a:-b', '`-b` cannot be a tag'],
  ['a:b+c', '`b+c` cannot be a tag'],
  [`a:${'t'.repeat(129)}`, 'the tag is longer than 128 characters'],
  ['a:1:2', '`a:1` cannot stand in a repository'],
  ['a@', '`` is not a digest'],
  ['a@sha256:', '`sha256:` is not a digest'],
  [`a@sha256:${HEX.slice(1)}`, /is not a digest/],
  [`a@sha256:${HEX.toUpperCase()}`, /is not a digest/],
  [`a@sha512:${HEX}${HEX}`, 'the digest algorithm `sha512` is not supported'],
  [`a@${DIGEST}@${DIGEST}`, /is not a digest/],
  ['a@latest', '`latest` is not a digest'],
  ['-a.io/b', 'the registry has `-a.io` for a host'],
  ['a-.io/b', 'the registry has `a-.io` for a host'],
  ['a..io/b', 'the registry has `a..io` for a host'],
  [`${'a'.repeat(64)}.io/b`, /the registry has `a+\.io` for a host/],
  ['a_b.io/c', 'the registry has `a_b.io` for a host'],
  ['localhost:/a', 'the registry has `` for a port'],
  ['localhost:0/a', 'the registry has `0` for a port'],
  ['localhost:65536/a', 'the registry has `65536` for a port'],
  ['localhost:http/a', 'the registry has `http` for a port'],
  ['[::1/a', /the registry has/],
  ['[::g]/a', 'the registry has `[::g]` for an IPv6 address'],
  ['[]/a', 'the registry has `[]` for an IPv6 address'],
  ['[fe80::1%eth0]/a', 'the registry has `[fe80::1%eth0]` for an IPv6 address'],
  ['::1/a', /the registry/],
  ['user:pass@ghcr.io/a', /is not a digest/],
  [`ghcr.io/${'a'.repeat(248)}`, 'the name is longer than 255 characters'],
  ['a'.repeat(2000), 'it is longer than 1024 characters'],
];

describe('parseReference()', () => {
  it.each(goodReferences)('qualifies %s', (text, formatted) => {
    expect(formatReference(parseReference(text))).toBe(formatted);
  });

  it.each(badReferences)('rejects %j', (text, reason) => {
    const error = failureOf(() => parseReference(text));

    expect(error.code).toBe('REFERENCE_INVALID');
    expect(error.details['reason']).toEqual(
      typeof reason === 'string' ? reason : expect.stringMatching(reason),
    );
  });

  it('implies no tag, with or without a digest', () => {
    expect(parseReference('alpine')).toEqual({
      registry: 'docker.io',
      repository: 'library/alpine',
    });
    expect(parseReference(`alpine@${DIGEST}`)).toEqual({
      registry: 'docker.io',
      repository: 'library/alpine',
      digest: DIGEST,
    });
  });

  it('suggests the lower-case spelling', () => {
    const error = failureOf(() => parseReference('ghcr.io/Owner/App:V1'));

    expect(error.message).toBe(
      'Cannot read reference `ghcr.io/Owner/App:V1`: the repository has upper-case letters',
    );
    expect(error.hint).toBe('Write the repository in lower case: `owner/app`.');
  });

  it('suggests the reference without its scheme', () => {
    expect(failureOf(() => parseReference('https://ghcr.io/a:1')).hint).toBe(
      'Write `ghcr.io/a:1`.',
    );
  });

  it('keeps control characters out of the message', () => {
    expect(failureOf(() => parseReference('a\u001b[31mb')).message).not.toContain('\u001b');
  });

  it('returns a value that cannot be changed', () => {
    expect(Object.isFrozen(parseReference('alpine'))).toBe(true);
  });

  it('gives back every reference that it has formatted', () => {
    fc.assert(
      fc.property(references(), (reference) => {
        const text = formatReference(reference);

        expect(parseReference(text)).toEqual(reference);
        expect(formatReference(parseReference(text))).toBe(text);
      }),
    );
  });

  it('throws nothing but REFERENCE_INVALID, and what it accepts is canonical', () => {
    const alphabet = fc.oneof(
      fc.stringMatching(/^[abzAZ09._:/@[\]%é-]$/),
      fc.constantFrom('sha256:', HEX, 'docker.io/', '\u0000', ' '),
    );
    fc.assert(
      fc.property(fc.array(alphabet, { maxLength: 12 }), (parts) => {
        const text = parts.join('');
        try {
          const parsed = parseReference(text);
          expect(parseReference(formatReference(parsed))).toEqual(parsed);
        } catch (error) {
          expect(error).toMatchObject({ code: 'REFERENCE_INVALID' });
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('pinReference()', () => {
  it('adds the digest and keeps the tag', () => {
    const digest = digestOf(new Uint8Array());

    expect(formatReference(pinReference(parseReference('a:1'), digest))).toBe(
      `docker.io/library/a:1@${DIGEST}`,
    );
  });
});

describe('withTag()', () => {
  it('replaces tag and digest', () => {
    expect(formatReference(withTag(parseReference(`a:1@${DIGEST}`), '2'))).toBe(
      'docker.io/library/a:2',
    );
  });

  it('rejects what is no tag', () => {
    expect(failureOf(() => withTag(parseReference('a'), 'b/c')).code).toBe('REFERENCE_INVALID');
  });
});

function references(): fc.Arbitrary<Reference> {
  const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/);
  const port = fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined });
  const host = fc.oneof(
    fc.array(label, { minLength: 2, maxLength: 4 }).map((labels) => labels.join('.')),
    fc.ipV4(),
    fc.ipV6().map((address) => `[${address}]`),
    fc.constant('localhost'),
  );
  const registry = fc
    .tuple(host, port)
    .map(([name, number]) => (number === undefined ? name : `${name}:${number}`).toLowerCase());
  const separator = fc.constantFrom('.', '_', '__', '-', '--');
  const component = fc
    .tuple(fc.stringMatching(/^[a-z0-9]{1,6}$/), separator, fc.stringMatching(/^[a-z0-9]{1,6}$/))
    .map((parts) => parts.join(''));
  const path = fc
    .array(component, { minLength: 2, maxLength: 4 })
    .map((components) => components.join('/'));
  const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/);
  const digest = fc.uint8Array().map(digestOf);
  return fc
    .record(
      { registry, repository: path, tag, digest },
      { requiredKeys: ['registry', 'repository'] },
    )
    .filter(({ registry: name }) => name !== 'index.docker.io');
}
