import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from '../../support/fast-check.js';
import { describe, expect, it } from 'vitest';
import {
  MAX_INDEX_ENTRIES,
  MAX_LAYERS,
  MAX_MANIFEST_BYTES,
  parseManifest,
} from '../../../src/lib/registry/manifest/manifest.js';
import { failureOf } from '../../support/failure.js';

const OCI_IMAGE = 'application/vnd.oci.image.manifest.v1+json';
const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';
const [A, B, C] = ['a', 'b', 'c'].map((digit) => `sha256:${digit.repeat(64)}`);

describe('parseManifest()', () => {
  it('reads an OCI image', () => {
    expect(parseGolden('oci-image')).toEqual({
      kind: 'image',
      mediaType: OCI_IMAGE,
      config: {
        mediaType: 'application/vnd.oci.image.config.v1+json',
        digest: A,
        sizeBytes: 7023,
      },
      layers: [
        { mediaType: LAYER, digest: B, sizeBytes: 32_654 },
        {
          mediaType: 'application/vnd.oci.image.layer.v1.tar+zstd',
          digest: C,
          sizeBytes: Number.MAX_SAFE_INTEGER,
        },
      ],
    });
  });

  it('reads an image of Docker', () => {
    expect(parseGolden('docker-image')).toMatchObject({
      kind: 'image',
      mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
      layers: [{ mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip', digest: B }],
    });
  });

  it.each([OCI_IMAGE, `${OCI_IMAGE}; charset=utf-8`, 'application/json', undefined])(
    'knows an image without a media type, sent as %s',
    (contentType) => {
      expect(parseGolden('oci-image-without-media-type', contentType)).toMatchObject({
        kind: 'image',
        mediaType: OCI_IMAGE,
        layers: [],
      });
    },
  );

  it('reads an index and marks attestations', () => {
    const index = parseGolden('oci-index-with-attestation');

    expect(index).toMatchObject({
      kind: 'index',
      manifests: [
        { digest: A, platform: { os: 'linux', architecture: 'amd64' }, isAttestation: false },
        { digest: B, platform: { variant: 'v8' }, isAttestation: false },
        { digest: C, isAttestation: true },
      ],
    });
  });

  it('reads a manifest list of Docker', () => {
    expect(parseGolden('docker-list')).toMatchObject({
      kind: 'index',
      manifests: [{ sizeBytes: 7143 }, { sizeBytes: 7682 }],
    });
  });

  it.each([
    ['invalid-schema1', 'it is in the old schema 1, which has no sizes; push the image again'],
    ['invalid-image-and-index', 'it has the fields of an image and of an index'],
    ['invalid-artifact', 'it is not an image but `application/vnd.oci.empty.v1+json`'],
    ['invalid-sha512', '`layers[0].digest` uses `sha512`, which is not supported'],
  ])('refuses %s', (name, reason) => {
    const error = failureOf(() => parseGolden(name));

    expect(error.code).toBe('MANIFEST_INVALID');
    expect(error.message).toBe(`Cannot use the manifest of \`docker.io/library/a:1\`: ${reason}`);
  });

  const badImages: readonly [change: object, reason: string][] = [
    [{ schemaVersion: 1 }, 'its schema version is not 2'],
    [{ schemaVersion: '2' }, 'its schema version is not 2'],
    [{ mediaType: OCI_INDEX }, 'it was sent as'],
    [{ config: undefined }, '`config` is not an object'],
    [{ config: [] }, '`config` is not an object'],
    [{ layers: undefined }, '`layers` is not a list'],
    [{ layers: {} }, '`layers` is not a list'],
    [{ layers: [null] }, '`layers[0]` is not an object'],
    [{ layers: [layer({ size: -1 })] }, '`layers[0].size` is not a whole number of bytes'],
    [{ layers: [layer({ size: 1.5 })] }, '`layers[0].size` is not a whole number of bytes'],
    [{ layers: [layer({ size: 2 ** 53 })] }, '`layers[0].size` is not a whole number of bytes'],
    [{ layers: [layer({ size: '5' })] }, '`layers[0].size` is not a whole number of bytes'],
    [{ layers: [layer(), layer({ digest: 'x' })] }, '`layers[1].digest` is not a digest'],
    [{ layers: [layer({ digest: `${A}/../..` })] }, '`layers[0].digest` is not a digest'],
    [{ layers: [layer({ digest: 5 })] }, '`layers[0].digest` is not a digest'],
    [{ layers: [layer({ mediaType: 'x' })] }, '`layers[0].mediaType` is not a media type'],
    [{ layers: [layer({ mediaType: 'a/b\n' })] }, '`layers[0].mediaType` is not a media type'],
    [{ layers: Array.from({ length: MAX_LAYERS + 1 }, () => layer()) }, 'it has more than 1024'],
  ];
  it.each(badImages)('refuses an image with %j', (change, reason) => {
    const error = failureOf(() => parse({ ...image(), ...change }, OCI_IMAGE));

    expect(error.code).toBe('MANIFEST_INVALID');
    expect(error.message).toContain(reason);
  });

  it('takes an image with as many layers as are allowed', () => {
    const layers = Array.from({ length: MAX_LAYERS }, () => layer());

    expect(parse({ ...image(), layers }, OCI_IMAGE)).toMatchObject({ kind: 'image' });
  });

  it.each<[object, string]>([
    [{ manifests: undefined }, '`manifests` is not a list'],
    [{ manifests: [{ ...layer(), platform: 'linux' }] }, 'platform` is not an object'],
    [{ manifests: [{ ...layer(), platform: { os: 'linux' } }] }, 'lacks an operating system'],
    [{ layers: [] }, 'it has the fields of an image and of an index'],
    [
      { manifests: Array.from({ length: MAX_INDEX_ENTRIES + 1 }, () => layer()) },
      'it has more than 4096 entries',
    ],
  ])('refuses an index with %j', (change, reason) => {
    const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] };

    expect(failureOf(() => parse({ ...index, ...change }, OCI_INDEX)).message).toContain(reason);
  });

  it.each([
    ['not JSON', '{'],
    ['not an object', '[]'],
    ['not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['deeply nested', '['.repeat(1_000_000)],
    ['of an unknown kind', '{"schemaVersion":2,"mediaType":"text/html"}'],
    ['of no kind', '{"schemaVersion":2}'],
    ['too large', Buffer.alloc(MAX_MANIFEST_BYTES + 1, ' ')],
  ])('refuses what is %s', (_name, bytes) => {
    const source = { subject: 'a', contentType: 'text/html' };

    expect(failureOf(() => parseManifest(Buffer.from(bytes), source)).code).toBe(
      'MANIFEST_INVALID',
    );
  });

  it('throws nothing but MANIFEST_INVALID on damaged manifests', () => {
    const documents = ['oci-image', 'oci-index-with-attestation', 'docker-list'].map(readGolden);
    const damage = fc.record({
      document: fc.constantFrom(...documents),
      at: fc.nat(),
      length: fc.nat(20),
      replacement: fc.oneof(fc.string({ maxLength: 8 }), fc.json({ maxDepth: 2 })),
    });
    fc.assert(
      fc.property(damage, ({ document, at, length, replacement }) => {
        const text = document.toString('utf8');
        const start = at % text.length;
        const damaged = text.slice(0, start) + replacement + text.slice(start + length);
        expectManifestOrRefusal(Buffer.from(damaged));
      }),
      { numRuns: 1000 },
    );
  });

  it('throws nothing but MANIFEST_INVALID on any values in its fields', () => {
    const value = fc.jsonValue({ maxDepth: 2 });
    const document = fc.record(
      {
        schemaVersion: fc.constant(2),
        mediaType: fc.constantFrom(OCI_IMAGE, OCI_INDEX),
        config: value,
        layers: fc.oneof(value, fc.array(value)),
        manifests: fc.oneof(value, fc.array(fc.record({ platform: value, digest: value }))),
      },
      { requiredKeys: ['schemaVersion'] },
    );
    fc.assert(
      fc.property(document, (fields) => {
        expectManifestOrRefusal(Buffer.from(JSON.stringify(fields)));
      }),
      { numRuns: 500 },
    );
  });
});

function expectManifestOrRefusal(bytes: Buffer): void {
  try {
    const parsed = parseManifest(bytes, { subject: 'a', contentType: undefined });
    expect(['image', 'index']).toContain(parsed.kind);
  } catch (error) {
    expect(error).toMatchObject({ code: 'MANIFEST_INVALID' });
  }
}

function image() {
  const config = { ...layer(), mediaType: 'application/vnd.oci.image.config.v1+json' };
  return { schemaVersion: 2, mediaType: OCI_IMAGE, config, layers: [layer()] };
}

function layer(change: object = {}) {
  return { mediaType: LAYER, digest: A, size: 5, ...change };
}

function parse(document: unknown, contentType: string | undefined) {
  return parseManifest(Buffer.from(JSON.stringify(document)), { subject: 'a', contentType });
}

function parseGolden(name: string, contentType?: string) {
  return parseManifest(readGolden(name), { subject: 'docker.io/library/a:1', contentType });
}

function readGolden(name: string): Buffer {
  return readFileSync(join(import.meta.dirname, '../../golden/registry', `${name}.json`));
}
