/*
 * Layers that a registry may send, on their whole way: from the socket into the tree. What each part
 * does with them is tested beside it.
 */
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { openImageCatalog } from '../../../src/lib/image/catalog/image-catalog.js';
import { pullImage } from '../../../src/lib/image/pull/pull-image.js';
import { parseReference } from '../../../src/lib/registry/reference.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import { rejectionOf } from '../../support/failure.js';
import {
  addDocument,
  descriptorOf,
  servedLayers,
  startHostileRegistry,
  type ServedImage,
  type ServedLayer,
} from '../../support/hostile-registry.js';
import { listTree } from '../../support/list-tree.js';
import { writeTar, type TarItem } from '../../support/tar-writer.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';
import { zstdStored } from '../../support/zstd-stored.js';
import { clientFor } from '../../registry/test-client.js';

const PLATFORM = { os: 'linux', architecture: 'amd64' };
const REFERENCE = parseReference('docker.io/library/a:1.0.0');
const TWO_FILES = writeTar([
  { name: 'a', content: 'first' },
  { name: 'b', content: 'second' },
]);
const [HEAD, REST] = [TWO_FILES.subarray(0, 700), TWO_FILES.subarray(700)];

describe('pullImage() from a hostile registry', () => {
  const directory = useTemporaryDirectory();
  const running: { stop(): Promise<void> }[] = [];

  afterEach(async () => {
    for (const item of running.splice(0)) await item.stop();
  });

  const accepted: { name: string; layers: Layers; tree: Record<string, string> }[] = [
    {
      name: 'gzip of several members',
      layers: [gzip(Buffer.concat([gzipSync(HEAD), gzipSync(REST)]))],
      tree: { a: 'file', b: 'file' },
    },
    {
      name: 'zstd of several frames',
      layers: [zstd(Buffer.concat([zstdStored(HEAD), zstdStored(REST)]))],
      tree: { a: 'file', b: 'file' },
    },
    {
      name: 'absolute links, which lead into the tree',
      layers: [tar({ name: 'l', type: '2', linkName: '/etc/passwd' })],
      tree: { l: 'symlink' },
    },
    {
      name: 'device nodes, which are nothing but entries',
      layers: [tar({ name: 'null', type: '3', device: [1, 3] }, { name: 'p', type: '6' })],
      tree: { null: 'characterDevice', p: 'fifo' },
    },
    {
      name: 'a whiteout of one name of a file with several',
      layers: [
        tar({ name: 'a', content: 'x' }, { name: 'b', type: '1', linkName: 'a' }),
        tar({ name: '.wh.a' }),
      ],
      tree: { b: 'file' },
    },
    {
      name: 'an opaque directory',
      layers: [
        tar({ name: 'd/', type: '5' }, { name: 'd/below', content: 'x' }),
        tar({ name: 'd/above', content: 'x' }, { name: 'd/.wh..wh..opq' }),
      ],
      tree: { d: 'directory', 'd/above': 'file' },
    },
    {
      name: 'entries of the same name, of which the last counts',
      layers: [tar({ name: 'a', content: 'x' }, { name: 'a', type: '2', linkName: 'y' })],
      tree: { a: 'symlink' },
    },
  ];
  it.each(accepted)('takes $name', async ({ layers, tree }) => {
    const world = await start(servedLayers(layers));

    const { root } = await pullImage(world.context, { reference: REFERENCE, platform: PLATFORM });

    const listed = await listTree(world.context.store, root);
    listed.delete('');
    expect(Object.fromEntries([...listed].map(([path, { kind }]) => [path, kind]))).toEqual(tree);
  });

  const refused: { name: string; layers: Layers; code: string }[] = [
    {
      name: 'gzip with garbage behind it',
      layers: [gzip(Buffer.concat([gzipSync(TWO_FILES), Buffer.from('garbage')]))],
      code: 'LAYER_COMPRESSION_INVALID',
    },
    { name: 'a name with `..`', layers: [tar({ name: '../a' })], code: 'LAYER_UNSAFE_PATH' },
    { name: 'an absolute name', layers: [tar({ name: '/a' })], code: 'LAYER_UNSAFE_PATH' },
    {
      name: 'a hard link out of the tree',
      layers: [tar({ name: 'a', type: '1', linkName: '../../etc/passwd' })],
      code: 'LAYER_UNSAFE_PATH',
    },
    {
      name: 'a hard link to a file that comes later',
      layers: [tar({ name: 'a', type: '1', linkName: 'b' }, { name: 'b', content: 'x' })],
      code: 'LAYER_INVALID',
    },
    {
      name: 'a name of 8 KiB',
      layers: [tar({ name: 'x', pax: { path: 'n/'.repeat(4096) } })],
      code: 'LAYER_UNSAFE_PATH',
    },
    {
      name: 'sparse files',
      layers: [tar({ name: 'x', pax: { 'GNU.sparse.major': '1' } })],
      code: 'LAYER_INVALID',
    },
  ];
  it.each(refused)('refuses $name, and installs nothing', async ({ layers, code }) => {
    const { context } = await start(servedLayers(layers));

    const error = await rejectionOf(
      pullImage(context, { reference: REFERENCE, platform: PLATFORM }),
    );

    expect(error.code).toBe(code);
    expect(context.catalog.listImages()).toEqual([]);
  });

  it('refuses an image of 10,000 layers before it fetches one', async () => {
    const image = servedLayers([tar({ name: 'a' })]);
    const layers = Array.from({ length: 10_000 }, () => descriptorOf(image.layer));
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    const value = { schemaVersion: 2, mediaType, config: descriptorOf(image.config), layers };
    addDocument(image, { mediaType, value, tag: '1.0.0' });
    const { context, registry } = await start(image);

    const error = await rejectionOf(
      pullImage(context, { reference: REFERENCE, platform: PLATFORM }),
    );

    expect(error.code).toBe('MANIFEST_INVALID');
    expect(registry.requests).toHaveLength(1);
  });

  it('stacks a new layer on a chain that is there already, and fetches it alone', async () => {
    const below = [
      tar({ name: 'a', content: '1' }, { name: 'gone', content: 'x' }),
      tar({ name: '.wh.gone' }, { name: 'b', content: '2' }),
    ] as const;
    const above = tar({ name: 'gone', content: 'back' }, { name: '.wh.b' });
    const image = servedLayers([...below, above]);
    const base = servedLayers(below);
    for (const [digest, item] of base.documents) image.documents.set(digest, item);
    image.tags.set('base', base.manifest.digest);
    const { context, registry } = await start(image);
    const options = { platform: PLATFORM };
    await pullImage(context, { ...options, reference: parseReference('docker.io/library/a:base') });
    const before = registry.requests.length;

    const { root } = await pullImage(context, { ...options, reference: REFERENCE });

    const fetched = registry.requests.slice(before).map(({ path }) => path);
    expect(fetched.filter((path) => path.includes('/blobs/')).map(lastName)).toEqual([
      image.config.digest,
      image.layers[2]?.digest,
    ]);
    expect([...(await listTree(context.store, root)).keys()]).toEqual(['', 'a', 'gone']);
  });

  async function start(image: ServedImage) {
    const registry = await startHostileRegistry(image);
    const store = new MemoryStore();
    const catalog = openImageCatalog(join(directory(), 'images.db'), store);
    const client = clientFor({ url: registry.url });
    running.push({
      async stop() {
        client.close();
        catalog.close();
        await registry.stop();
      },
    });
    return { registry, context: { registry: client, store, catalog } };
  }
});

type Layers = readonly [ServedLayer, ...ServedLayer[]];

function tar(...items: readonly TarItem[]): ServedLayer {
  return { tar: writeTar(items) };
}

function gzip(bytes: Uint8Array): ServedLayer {
  return { tar: TWO_FILES, wrapped: { as: 'gzip', bytes } };
}

function zstd(bytes: Uint8Array): ServedLayer {
  return { tar: TWO_FILES, wrapped: { as: 'zstd', bytes } };
}

function lastName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
