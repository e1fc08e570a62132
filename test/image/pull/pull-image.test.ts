import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseDigest } from '../../../src/lib/base/digest.js';
import { openImageCatalog } from '../../../src/lib/image/catalog/image-catalog.js';
import { executePull, pullImage } from '../../../src/lib/image/pull/pull-image.js';
import { planPull } from '../../../src/lib/image/pull/plan-pull.js';
import type { PullContext } from '../../../src/lib/image/pull/pull-context.js';
import type { PullProgress } from '../../../src/lib/image/pull/pull-progress.js';
import { createRegistryClient } from '../../../src/lib/registry/client.js';
import { parseReference, type Reference } from '../../../src/lib/registry/reference.js';
import { RAW_CODEC } from '../../../src/lib/store/block/block-id.js';
import type { IpldStore } from '../../../src/lib/store/ipld-store.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import { PackedFsStore } from '../../../src/lib/store/backends/packed-fs-store.js';
import { startDockerRegistry, type DockerRegistry } from '../../support/docker-registry.js';
import { listTree } from '../../support/list-tree.js';
import {
  ociDigest,
  writeOciLayout,
  type OciImageInput,
  type OciLayerInput,
  type WrittenLayout,
} from '../../support/oci-layout.js';
import { pushOciLayout } from '../../support/push-oci-layout.js';
import { writeTar } from '../../support/tar-writer.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const PLATFORM = { os: 'linux', architecture: 'amd64' };

const BASE = writeTar([
  { name: 'etc/', type: '5', mode: 0o755 },
  { name: 'etc/hosts', content: 'localhost' },
  { name: 'etc/passwd', content: 'root' },
]);
const MIDDLE = writeTar([{ name: 'etc/.wh.hosts' }, { name: 'etc/group', content: 'wheel' }]);
const TOP = writeTar([{ name: 'etc/alias', type: '1', linkName: 'etc/passwd' }]);

describe('pullImage()', () => {
  const directory = useTemporaryDirectory();
  let server: DockerRegistry;
  let context: PullContext;
  let close: Opened['close'];
  let turn = 0;

  beforeAll(async () => {
    server = await startDockerRegistry();
  });

  afterAll(async () => {
    await server.stop();
  });

  beforeEach(() => {
    ({ context, close } = open('home'));
  });

  afterEach(async () => {
    await close();
  });

  it('stacks the layers in the order of the manifest', async () => {
    const { reference } = await push({ layers: [BASE, MIDDLE, TOP] });

    const image = await pullImage(context, { reference, platform: PLATFORM });

    const tree = await listTree(context.store, image.root);
    expect([...tree.keys()]).toEqual(['', 'etc', 'etc/alias', 'etc/group', 'etc/passwd']);
    expect(tree.get('etc/passwd')?.linkedTo).toBe('etc/alias');
  });

  it('returns what it pulled', async () => {
    const { reference, layout } = await push({
      layers: [BASE, { tar: TOP, compression: 'zstd' }],
      config: { Env: ['A=b'], Cmd: ['/bin/sh'] },
    });
    const [written] = layout.images;

    const image = await pullImage(context, { reference, platform: PLATFORM });

    expect(image).toMatchObject({
      reference: { ...reference, digest: layout.top.digest },
      indexDigest: undefined,
      manifestDigest: written!.manifest.digest,
      configDigest: written!.config.digest,
      config: { env: ['A=b'], cmd: ['/bin/sh'] },
      layers: written!.layers.map(({ digest, mediaType, size }, position) => ({
        digest,
        mediaType,
        sizeBytes: size,
        diffId: written!.diffIds[position],
      })),
      sizes: { fetchedBytes: written!.layers[0]!.size + written!.layers[1]!.size, reusedBytes: 0 },
    });
  });

  it('keeps index, manifest and configuration as raw blocks of their digests', async () => {
    const { reference, layout } = await push([
      { layers: [BASE] },
      { layers: [TOP], platform: { os: 'linux', architecture: 'arm64' } },
    ]);

    const image = await pullImage(context, { reference, platform: PLATFORM });
    const record = await context.catalog.findImage(image.manifestDigest);

    const [written] = layout.images;
    expect(image.indexDigest).toBe(layout.top.digest);
    const documents = [record!.index!, record!.manifest, record!.config];
    expect(documents.map(({ digest }) => digest)).toEqual([
      layout.top.digest,
      written!.manifest.digest,
      written!.config.digest,
    ]);
    for (const { digest, cid } of documents) {
      expect(cid.code).toBe(RAW_CODEC);
      expect(ociDigest(await context.store.getRawBlock(cid))).toBe(digest);
    }
  });

  it('gives the same root in every store, however the layers are wrapped', async () => {
    const wrapped = [BASE, MIDDLE, TOP].map((tar): OciLayerInput => ({ tar, compression: 'zstd' }));
    const first = await push({ layers: [BASE, MIDDLE, TOP] });
    const second = await push({ layers: wrapped, format: 'docker' });
    const other = open('other');

    const image = await pullImage(context, { reference: first.reference, platform: PLATFORM });
    const same = await pullImage(other.context, {
      reference: second.reference,
      platform: PLATFORM,
      concurrency: 1,
    });
    await other.close();

    expect(same.root.equals(image.root)).toBe(true);
    expect(same.manifestDigest).not.toBe(image.manifestDigest);
  });

  it('fetches nothing when the same image is pulled again', async () => {
    const { reference } = await push({ layers: [BASE, TOP] });
    const first = await pullImage(context, { reference, platform: PLATFORM });

    const again = await pullImage(withoutBlobs(context), { reference, platform: PLATFORM });

    expect(again.root.equals(first.root)).toBe(true);
    expect(again.sizes).toEqual({ fetchedBytes: 0, reusedBytes: first.sizes.fetchedBytes });
  });

  it('asks the registry nothing when the expected manifest is installed', async () => {
    const { reference } = await push({ layers: [BASE, TOP], config: { User: 'me' } });
    const first = await pullImage(context, { reference, platform: PLATFORM });

    const again = await pullImage(offline(context), {
      reference,
      platform: PLATFORM,
      expected: { manifestDigest: first.manifestDigest, root: first.root },
    });

    expect(again.root.equals(first.root)).toBe(true);
    expect(again.config).toEqual(first.config);
    expect(again.layers.map(({ diffId }) => diffId)).toEqual(
      first.layers.map(({ diffId }) => diffId),
    );
  });

  it('fetches only the layers that the store does not have', async () => {
    const base = await push({ layers: [BASE, MIDDLE] });
    const derived = await push({ layers: [BASE, MIDDLE, TOP] });
    await pullImage(context, { reference: base.reference, platform: PLATFORM });

    const image = await pullImage(context, { reference: derived.reference, platform: PLATFORM });

    const sizes = derived.layout.images[0]!.layers.map(({ size }) => size);
    expect(image.sizes).toEqual({ fetchedBytes: sizes[2], reusedBytes: sizes[0]! + sizes[1]! });
  });

  it('fetches a layer that stands in the image twice once', async () => {
    const { reference, layout } = await push({ layers: [BASE, MIDDLE, BASE] });
    const started: string[] = [];

    const image = await pullImage(context, {
      reference,
      platform: PLATFORM,
      onProgress: (event) => {
        if (event.type === 'layerStarted') started.push(event.digest);
      },
    });

    expect(started.sort()).toEqual(
      layout.images[0]!.layers.slice(0, 2)
        .map(({ digest }) => digest)
        .sort(),
    );
    expect([...(await listTree(context.store, image.root)).keys()]).toContain('etc/hosts');
  });

  it('pulls an image without layers', async () => {
    const { reference } = await push({ layers: [] });

    const image = await pullImage(context, { reference, platform: PLATFORM });

    expect([...(await listTree(context.store, image.root)).keys()]).toEqual(['']);
  });

  it('survives a restart', async () => {
    const { reference } = await push({ layers: [BASE, TOP] });
    await close();
    ({ context, close } = await openDurable());
    const { root, manifestDigest } = await pullImage(context, { reference, platform: PLATFORM });
    await close();
    ({ context, close } = await openDurable());

    const image = await context.catalog.findImage(manifestDigest);

    expect(image?.root.equals(root)).toBe(true);
    expect((await listTree(context.store, root)).size).toBe(5);
  });

  it('plans without changing anything', async () => {
    const { reference, layout } = await push({ layers: [BASE, TOP] });

    const plan = await planPull(context, { reference, platform: PLATFORM });

    const [written] = layout.images;
    expect(plan).toMatchObject({
      manifestDigest: written!.manifest.digest,
      root: undefined,
      fetchBytes: written!.layers[0]!.size + written!.layers[1]!.size,
      reuseBytes: 0,
    });
    expect(plan.layers.map(({ present }) => present)).toEqual([undefined, undefined]);
    expect(await context.store.isEmpty()).toBe(true);
    expect(context.catalog.listImages()).toEqual([]);
  });

  it('executes a plan, more than once', async () => {
    const { reference } = await push({ layers: [BASE, TOP] });
    const plan = await planPull(context, { reference, platform: PLATFORM });

    const first = await executePull(context, plan);
    const again = await executePull(context, plan);

    expect(again.root.equals(first.root)).toBe(true);
  });

  it('tells what happens, in order', async () => {
    const { reference } = await push({ layers: [BASE] });
    const events: PullProgress[] = [];

    const { root } = await pullImage(context, {
      reference,
      platform: PLATFORM,
      onProgress: (event) => void events.push(event),
    });

    expect([...new Set(events.map(({ type }) => type))]).toEqual([
      'planned',
      'layerStarted',
      'layerReceived',
      'layerUnpacked',
      'pulled',
    ]);
    const received = events.findLast((event) => event.type === 'layerReceived');
    expect(received).toMatchObject({ receivedBytes: gzipSync(BASE).length });
    expect(events.at(-1)).toEqual({ type: 'pulled', root });
  });

  const badImages: { name: string; image: OciImageInput; code: string }[] = [
    {
      name: 'broken gzip',
      image: { layers: [{ tar: TOP, blob: gzipSync(TOP).subarray(0, 40) }] },
      code: 'LAYER_COMPRESSION_INVALID',
    },
    {
      name: 'a compression that the media type does not say',
      image: { layers: [{ tar: TOP, blob: TOP }] },
      code: 'LAYER_COMPRESSION_INVALID',
    },
    {
      name: 'a name with `..`',
      image: { layers: [writeTar([{ name: '../etc/passwd' }])] },
      code: 'LAYER_UNSAFE_PATH',
    },
    {
      name: 'an absolute name',
      image: { layers: [writeTar([{ name: '/etc/passwd' }])] },
      code: 'LAYER_UNSAFE_PATH',
    },
    {
      name: 'an over-long name',
      image: { layers: [writeTar([{ name: 'x', pax: { path: 'n'.repeat(256) } }])] },
      code: 'LAYER_UNSAFE_PATH',
    },
    {
      name: 'a truncated archive',
      image: { layers: [BASE.subarray(0, 700)] },
      code: 'LAYER_INVALID',
    },
    {
      name: 'a hard link to nothing',
      image: { layers: [TOP] },
      code: 'LAYER_INVALID',
    },
    {
      name: 'a wrong diffID',
      image: { layers: [{ tar: TOP, diffId: ociDigest(BASE) }] },
      code: 'LAYER_DIFF_ID_MISMATCH',
    },
    {
      name: 'a layer that is no layer',
      image: { layers: [{ tar: TOP, mediaType: 'application/octet-stream' }] },
      code: 'LAYER_MEDIA_TYPE_UNSUPPORTED',
    },
    {
      name: 'a foreign layer',
      image: {
        layers: [
          {
            tar: TOP,
            mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
          },
        ],
      },
      code: 'LAYER_MEDIA_TYPE_UNSUPPORTED',
    },
    {
      name: 'a configuration that is not valid',
      image: { layers: [BASE], config: { Env: 'A=b' } },
      code: 'IMAGE_CONFIG_INVALID',
    },
  ];

  it.each(badImages)('refuses $name, and records nothing', async ({ image, code }) => {
    const { reference } = await push(image);

    const pulling = pullImage(context, { reference, platform: PLATFORM });

    await expect(pulling).rejects.toMatchObject({ name: 'MonoError', code });
    expect(context.catalog.listImages()).toEqual([]);
  });

  it('keeps the complete layers of a pull that fails, for the next one', async () => {
    const broken = await push({
      layers: [BASE, { tar: TOP, blob: gzipSync(TOP).subarray(0, 40) }],
    });
    const mended = await push({ layers: [BASE, TOP] });
    const options = { platform: PLATFORM, concurrency: 1 };

    await expect(
      pullImage(context, { reference: broken.reference, ...options }),
    ).rejects.toMatchObject({ code: 'LAYER_COMPRESSION_INVALID' });
    const image = await pullImage(context, { reference: mended.reference, ...options });

    expect(image.sizes.reusedBytes).toBe(gzipSync(BASE).length);
    expect((await listTree(context.store, image.root)).has('etc/alias')).toBe(true);
  });

  it('stops when it is cancelled, and a second run succeeds', async () => {
    const { reference } = await push({ layers: [BASE, MIDDLE, TOP] });
    const controller = new AbortController();

    const pulling = pullImage(context, {
      reference,
      platform: PLATFORM,
      signal: controller.signal,
      onProgress: ({ type }) => type === 'layerStarted' && controller.abort(),
    });

    await expect(pulling).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(context.catalog.listImages()).toEqual([]);
    await pullImage(context, { reference, platform: PLATFORM });
    expect(context.catalog.listImages()).toHaveLength(1);
  });

  it('refuses another manifest than the expected one', async () => {
    const { reference } = await push({ layers: [BASE] });
    const manifestDigest = parseDigest(ociDigest(TOP));

    const pulling = pullImage(context, {
      reference,
      platform: PLATFORM,
      expected: { manifestDigest },
    });

    await expect(pulling).rejects.toMatchObject({ code: 'BLOB_DIGEST_MISMATCH' });
    expect(await context.store.isEmpty()).toBe(true);
  });

  it('refuses another root than the expected one', async () => {
    const { reference } = await push({ layers: [BASE] });
    const root = await context.store.putNode({});

    const pulling = pullImage(context, { reference, platform: PLATFORM, expected: { root } });

    await expect(pulling).rejects.toMatchObject({
      code: 'LOCKFILE_ROOT_MISMATCH',
      details: { expected: root.toString() },
    });
  });

  it('needs the registry again when the store has lost the tree', async () => {
    const { reference } = await push({ layers: [BASE, TOP] });
    const first = await pullImage(context, { reference, platform: PLATFORM });
    await context.store.gc([]);

    const again = await pullImage(context, {
      reference,
      platform: PLATFORM,
      expected: { manifestDigest: first.manifestDigest, root: first.root },
    });

    expect(again.sizes).toEqual(first.sizes);
    expect((await listTree(context.store, again.root)).size).toBe(5);
  });

  async function push(
    image: OciImageInput | readonly OciImageInput[],
  ): Promise<{ reference: Reference; layout: WrittenLayout }> {
    turn += 1;
    const layout = await writeOciLayout(join(directory(), `layout-${turn}`), image);
    const name = `library/image-${turn}:1`;
    await pushOciLayout(server, layout.directory, name);
    return { reference: parseReference(`${server.host}/${name}`), layout };
  }

  async function openDurable(): Promise<Opened> {
    const store = await PackedFsStore.open({ path: join(directory(), 'store') });
    return open('durable', store);
  }

  function open(name: string, store: IpldStore = new MemoryStore()): Opened {
    const catalog = openImageCatalog(join(directory(), `${name}.db`), store);
    const registry = createRegistryClient({ userAgent: 'mono-test' });
    return {
      context: { store, catalog, registry },
      async close() {
        registry.close();
        catalog.close();
        await store.close();
      },
    };
  }
});

interface Opened {
  readonly context: PullContext;
  readonly close: () => Promise<void>;
}

/** A context whose registry gives manifests only. */
function withoutBlobs(context: PullContext): PullContext {
  return { ...context, registry: { ...context.registry, openBlob: refuse } };
}

function offline(context: PullContext): PullContext {
  return { ...context, registry: { resolve: refuse, openBlob: refuse } };
}

function refuse(): never {
  throw new Error('the registry was asked');
}
