import { gunzipSync } from 'node:zlib';
import type { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { digestOf, type Digest } from '../../../src/lib/base/digest.js';
import { isMonoError } from '../../../src/lib/errors.js';
import { flatten } from '../../../src/lib/fs/change-set/flatten.js';
import type { CatalogImage } from '../../../src/lib/image/catalog/catalog-records.js';
import { importTar } from '../../../src/lib/image/import/import-tar.js';
import { encodeJson } from '../../../src/lib/image/archive/made-manifest.js';
import { makeImage } from '../../../src/lib/image/push/made-image.js';
import type { ImageParts } from '../../../src/lib/image/push/image-parts.js';
import { readTar } from '../../../src/lib/image/tar/read-tar.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import { writeTar, type TarItem } from '../../support/tar-writer.js';

const platform = { os: 'linux', architecture: 'amd64' };
const longName = 'n'.repeat(120);
const base: readonly TarItem[] = [
  { name: './', type: '5', mode: 0o755 },
  { name: 'etc/', type: '5', mode: 0o755 },
  { name: 'etc/same', content: 'same' },
  { name: 'etc/gone', content: 'gone' },
  { name: 'old/', type: '5', mode: 0o755 },
  { name: 'old/deep', content: 'deep' },
  { name: 'was-directory/', type: '5', mode: 0o755 },
  { name: 'was-directory/file', content: 'x' },
  { name: 'was-file', content: 'x' },
  { name: 'linked', content: 'linked' },
  { name: 'alias', type: '1', linkName: 'linked' },
  { name: `etc/${longName}`, content: 'x' },
];

describe('makeImage()', () => {
  const changes: { name: string; items: readonly TarItem[] }[] = [
    { name: 'a new file', items: [...base, { name: 'etc/new', content: 'new' }] },
    { name: 'a file with a long name gone', items: base.slice(0, -1) },
    { name: 'a file gone', items: base.filter(({ name }) => name !== 'etc/gone') },
    { name: 'a directory gone', items: base.filter(({ name }) => !String(name).startsWith('old')) },
    {
      name: 'a file in the place of a directory',
      items: [
        ...base.filter(({ name }) => !String(name).startsWith('was-directory')),
        { name: 'was-directory', content: 'file now' },
      ],
    },
    {
      name: 'a directory in the place of a file',
      items: [
        ...base.filter(({ name }) => name !== 'was-file'),
        { name: 'was-file/', type: '5', mode: 0o700 },
        { name: 'was-file/inside', content: 'x' },
      ],
    },
    {
      name: 'one more name of a file',
      items: [...base, { name: 'zz', type: '1', linkName: 'linked' }],
    },
    {
      name: 'a name less of a file',
      items: base.filter(({ name }) => name !== 'alias'),
    },
    {
      name: 'other content under all names of a file',
      items: base.map((item) => (item.name === 'linked' ? { ...item, content: 'other' } : item)),
    },
    { name: 'a mode of a directory', items: [{ ...base[0]!, mode: 0o700 }, ...base.slice(1)] },
    { name: 'nothing', items: base },
  ];
  it.each(changes)('says $name in one layer on those of the base', async ({ items }) => {
    const store = new MemoryStore();
    const before = await importTar(store, [writeTar(base)]);
    const after = await importTar(store, [writeTar(items)]);

    const parts = await makeImage(contextOf(store), {
      root: after.root,
      base: catalogImage(before.root, before.diffId),
      platform,
    });

    const [bottom, top] = await layersOf(parts);
    expect(bottom?.digest).toBe(before.diffId);
    const stack = await importTar(store, [gunzipSync(top!.bytes)], { as: 'changeSet' });
    expect(await flatten(store, [before.root, stack.root])).toEqual(after.root);
  });

  it('leaves out what did not change', async () => {
    const store = new MemoryStore();
    const before = await importTar(store, [writeTar(base)]);
    const after = await importTar(store, [writeTar([...base, { name: 'new', content: 'new' }])]);

    const parts = await makeImage(contextOf(store), {
      root: after.root,
      base: catalogImage(before.root, before.diffId),
      platform,
    });

    const names: string[] = [];
    const [, top] = await layersOf(parts);
    for await (const { name } of readTar([gunzipSync(top!.bytes)])) names.push(name);
    expect(names).toEqual(['new']);
  });

  it('makes one layer of everything without a base, with the configuration of none', async () => {
    const store = new MemoryStore();
    const { root } = await importTar(store, [writeTar(base)]);

    const parts = await makeImage(contextOf(store), { root, base: undefined, platform });

    const layers = await layersOf(parts);
    const whole = await importTar(store, [layers[0]!.bytes]);
    expect(layers).toHaveLength(1);
    expect(whole.root).toEqual(root);
    expect(parts.platforms).toEqual(['linux/amd64']);
  });

  it('gives the same image every time', async () => {
    const store = new MemoryStore();
    const { root } = await importTar(store, [writeTar(base)]);
    const request = { root, base: undefined, platform };

    const [first, second] = [
      await makeImage(contextOf(store), request),
      await makeImage(contextOf(store), request),
    ];

    expect(second.top.digest).toBe(first.top.digest);
  });

  it('keeps how the base is run, on one layer too', async () => {
    const store = new MemoryStore();
    const { root, diffId } = await importTar(store, [writeTar(base)]);

    const parts = await makeImage(contextOf(store), {
      ...{ root, base: catalogImage(root, diffId), platform, isFlat: true },
    });

    const [config] = parts.blobs;
    const document = JSON.parse(Buffer.from(await bytesOf(config!)).toString()) as {
      config: unknown;
      history?: unknown;
      rootfs: { diff_ids: string[] };
    };
    expect(document.config).toEqual({ Cmd: ['sh'] });
    expect(document.history).toBeUndefined();
    expect(document.rootfs.diff_ids).toHaveLength(1);
  });

  it('refuses a tree with names that layers take for deletions', async () => {
    const store = new MemoryStore();
    const { root } = await importTar(store, [writeTar([{ name: '.wh.odd', content: 'x' }])]);

    await expect(
      makeImage(contextOf(store), { root, base: undefined, platform }),
    ).rejects.toSatisfy((error) => isMonoError(error, 'ROOTFS_LIMIT'));
  });
});

const CONFIG = encodeJson({
  architecture: 'amd64',
  os: 'linux',
  config: { Cmd: ['sh'] },
  history: [{}],
});

function contextOf(store: MemoryStore) {
  return {
    store,
    readDocument: () => Promise.resolve(CONFIG.bytes),
    layerBlob: (layer: { digest: Digest; sizeBytes: number }) =>
      Promise.resolve({ ...layer, open: () => bytesAsync(writeTar(base)) }),
  };
}

/** An image whose only layer is the uncompressed archive of `base`. */
function catalogImage(root: CID, diffId: Digest): CatalogImage {
  const mediaType = 'application/vnd.oci.image.layer.v1.tar';
  const document = { digest: CONFIG.digest, cid: root };
  return {
    ...{ manifest: document, config: document, index: undefined, root },
    manifestMediaType: 'application/vnd.oci.image.manifest.v1+json',
    platform: 'linux/amd64',
    chainId: diffId,
    layers: [{ diffId, digest: diffId, mediaType, sizeBytes: writeTar(base).length }],
    ...{ unpackedBytes: 0, addedAt: 0 },
  };
}

/** The layers that the manifest names, checked against what it says of them. */
async function layersOf(parts: ImageParts): Promise<{ digest: string; bytes: Uint8Array }[]> {
  const { layers } = JSON.parse(Buffer.from(parts.top.bytes).toString()) as {
    layers: { digest: string; size: number }[];
  };
  const found = [];
  for (const { digest, size } of layers) {
    const blob = parts.blobs.find((candidate) => candidate.digest === digest);
    const bytes = await bytesOf(blob!);
    expect([digestOf(bytes), bytes.length]).toEqual([digest, size]);
    found.push({ digest, bytes });
  }
  return found;
}

async function bytesOf(blob: { open(): AsyncIterable<Uint8Array> }): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of blob.open()) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function* bytesAsync(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield bytes;
}
