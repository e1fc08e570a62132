import { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { digestOf, type Digest } from '../../../src/lib/base/digest.js';
import { encodeJson } from '../../../src/lib/image/archive/made-manifest.js';
import type { CatalogImage } from '../../../src/lib/image/catalog/catalog-records.js';
import type { PartsContext, PlatformChoice } from '../../../src/lib/image/push/image-parts.js';
import { partsOfImage } from '../../../src/lib/image/push/parts-of-image.js';
import type { Descriptor } from '../../../src/lib/registry/manifest/descriptor.js';
import { parseReference } from '../../../src/lib/registry/reference.js';
import { rejectionOf } from '../../support/failure.js';

const INDEX = 'application/vnd.oci.image.index.v1+json';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const cid = CID.parse('bafyreiajjm5xypssqz6egnkvxn4bbxwtkeeohka6lz7ght47ymllkufbg4');

describe('partsOfImage()', () => {
  const world = newWorld();
  const amd64 = world.image('amd64');
  const arm64 = world.image('arm64');
  const attestation = world.manifest({
    config: world.document(CONFIG, {}),
    layers: [world.document('application/vnd.in-toto+json', { about: 'amd64' })],
  });
  const both = world.index([
    { ...amd64, platform: { os: 'linux', architecture: 'amd64' } },
    { ...arm64, platform: { os: 'linux', architecture: 'arm64' } },
  ]);
  const attested = world.index([
    { ...amd64, platform: { os: 'linux', architecture: 'amd64' } },
    {
      ...attestation,
      platform: { os: 'unknown', architecture: 'unknown' },
      annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
    },
  ]);
  const nested = world.index([both]);

  interface Row {
    readonly gives: string;
    readonly choice: PlatformChoice;
    readonly index: Descriptor;
    readonly installed: Descriptor[];
    readonly top: Descriptor;
    readonly platforms: string[];
    readonly omitted: string[];
  }
  const installed = 'installed' as const;
  const [ours, theirs] = ['linux/amd64', 'linux/arm64'];
  const here = { installed: [amd64], platforms: [ours], omitted: [] };
  const rows: Row[] = [
    {
      ...here,
      gives: 'the index that is installed',
      choice: installed,
      index: both,
      top: both,
      installed: [amd64, arm64],
      platforms: [ours, theirs],
    },
    {
      ...here,
      gives: 'one image of an index that is not',
      choice: installed,
      index: both,
      top: amd64,
      omitted: [theirs],
    },
    {
      ...here,
      gives: 'one image when one is wanted',
      choice: 'one',
      index: both,
      top: amd64,
      installed: [amd64, arm64],
    },
    {
      ...here,
      gives: 'the index when all are wanted',
      choice: 'all',
      index: both,
      top: both,
      platforms: [ours, theirs],
    },
    {
      ...here,
      gives: 'one image without its attestations',
      choice: installed,
      index: attested,
      top: amd64,
      omitted: ['unknown/unknown'],
    },
    {
      ...here,
      gives: 'an index with its attestations',
      choice: 'all',
      index: attested,
      top: attested,
    },
    {
      ...here,
      gives: 'an index of an index',
      choice: 'all',
      index: nested,
      top: nested,
      platforms: [],
    },
  ];
  it.each(rows)('gives $gives', async ({ choice, index, installed: images, ...expected }) => {
    const image = world.installed(amd64, index);

    const parts = await partsOfImage(world.context(images), image, choice);

    expect(parts.top.digest).toBe(expected.top.digest);
    expect(parts.platforms).toEqual(expected.platforms);
    expect(parts.omittedPlatforms).toEqual(expected.omitted);
    expect(new Set(parts.blobs.map(({ digest }) => digest)).size).toBe(parts.blobs.length);
  });

  it('names what a manifest needs before the manifest, with every blob', async () => {
    const image = world.installed(amd64, nested);

    const { manifests, blobs } = await partsOfImage(world.context([amd64]), image, 'all');

    expect(manifests.map(({ digest }) => digest)).toEqual(
      [amd64, arm64, both].map(({ digest }) => digest),
    );
    expect(blobs).toHaveLength(4);
    expect(world.asked).toContain(arm64.digest);
    expect(world.asked).not.toContain(amd64.digest);
  });

  it('says what is missing where nobody can be asked', async () => {
    const context = { ...world.context([amd64]), origin: undefined };

    const error = await rejectionOf(partsOfImage(context, world.installed(amd64, both), 'all'));

    expect(error.code).toBe('EXPORT_NOT_EXACT');
    expect(error.message).toContain(arm64.digest);
  });

  it('follows no index without end', async () => {
    let deep = both;
    for (let depth = 0; depth < 6; depth += 1) deep = world.index([deep]);

    const image = world.installed(amd64, deep);
    const error = await rejectionOf(partsOfImage(world.context([amd64]), image, 'all'));

    expect(error.code).toBe('MANIFEST_INVALID');
  });
});

/** Documents by digest, and what was asked for by whom. */
function newWorld() {
  const documents = new Map<Digest, Uint8Array>();
  const asked: Digest[] = [];

  function document(mediaType: string, value: unknown): Descriptor & { readonly size: number } {
    const { digest, bytes } = encodeJson(value);
    documents.set(digest, bytes);
    return { mediaType, digest, sizeBytes: bytes.length, size: bytes.length };
  }
  function read(digest: Digest): Uint8Array {
    return documents.get(digest) ?? new Uint8Array(0);
  }
  function manifest(parts: object): Descriptor {
    return document(MANIFEST, { schemaVersion: 2, mediaType: MANIFEST, ...parts });
  }
  function image(architecture: string): Descriptor {
    const config = document(CONFIG, { architecture });
    return manifest({ config, layers: [document(`${CONFIG}.layer`, { architecture, layer: 1 })] });
  }
  function index(manifests: readonly object[]): Descriptor {
    return document(INDEX, { schemaVersion: 2, mediaType: INDEX, manifests });
  }
  function installed(of: Descriptor, by: Descriptor): CatalogImage {
    const { config, layers } = JSON.parse(Buffer.from(read(of.digest)).toString()) as {
      config: { digest: Digest };
      layers: { digest: Digest; mediaType: string; size: number }[];
    };
    return {
      manifest: { digest: of.digest, cid },
      manifestMediaType: MANIFEST,
      index: { digest: by.digest, cid },
      config: { digest: config.digest, cid },
      platform: 'linux/amd64',
      layers: layers.map((layer) => ({ ...layer, sizeBytes: layer.size, diffId: layer.digest })),
      ...{ chainId: digestOf(new Uint8Array(0)), root: cid, unpackedBytes: 0, addedAt: 0 },
    };
  }
  function context(images: readonly Descriptor[]): PartsContext {
    return {
      images: images.map((it) => installed(it, it)),
      readDocument: ({ digest }) => Promise.resolve(read(digest)),
      layerBlob: ({ digest, sizeBytes }) =>
        Promise.resolve({ digest, sizeBytes, open: () => contentOf(read(digest)) }),
      origin: {
        reference: parseReference('docker.io/acme/a:1'),
        registry: {
          fetchDocument(_reference, { digest, mediaType }) {
            asked.push(digest);
            return Promise.resolve({ digest, mediaType, bytes: read(digest) });
          },
          openBlob: (_reference, { digest }) => contentOf(read(digest)),
        },
      },
    };
  }
  return { asked, document, manifest, image, index, installed, context };
}

async function* contentOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield bytes;
}
