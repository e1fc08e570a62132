import { join } from 'node:path';
import type { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { digestOf, type Digest } from '../../../src/lib/base/digest.js';
import {
  openImageCatalog,
  type ImageCatalog,
} from '../../../src/lib/image/catalog/image-catalog.js';
import type {
  CatalogLayer,
  NewCatalogImage,
} from '../../../src/lib/image/catalog/catalog-records.js';
import { chainIdOf } from '../../../src/lib/image/chain-id.js';
import { openDatabase } from '../../../src/lib/io/database.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

describe('ImageCatalog', () => {
  const directory = useTemporaryDirectory();

  it('finds nothing in a new catalog', async () => {
    const { catalog } = openCatalog();

    expect(await catalog.findLayer(digest('l'))).toBeUndefined();
    expect(await catalog.findRoot(digest('c'))).toBeUndefined();
    expect(await catalog.findImage(digest('m'))).toBeUndefined();
    expect(catalog.listImages()).toEqual([]);
    expect(catalog.roots()).toEqual([]);
  });

  it('gives back what was recorded, through another connection too', async () => {
    const { catalog, store } = openCatalog();
    const { image, layers } = await makeImage(store, 'one', ['base', 'top']);

    catalog.addImage(image, layers);
    const other = openImageCatalog(path(), store);

    expect(plain(await other.findImage(image.manifest.digest))).toEqual(
      plain({ ...image, unpackedBytes: 200 }),
    );
    expect(plain(await other.findLayer(layers[0]!.diffId))).toEqual(plain(layers[0]));
    expect((await other.findRoot(image.chainId))?.equals(image.root)).toBe(true);
    expect(plain(other.listImages())).toEqual(plain([{ ...image, unpackedBytes: 200 }]));
    other.close();
  });

  it('counts a layer that stands in an image twice, twice', async () => {
    const { catalog, store } = openCatalog();
    const { image, layers } = await makeImage(store, 'one', ['base', 'base']);

    catalog.addImage(image, layers);

    expect((await catalog.findImage(image.manifest.digest))?.unpackedBytes).toBe(200);
  });

  it('keeps a known index when the image comes without one', async () => {
    const { catalog, store } = openCatalog();
    const { image, layers } = await makeImage(store, 'one', ['base']);

    catalog.addImage(image, layers);
    catalog.addImage({ ...image, index: undefined }, layers);

    const found = await catalog.findImage(image.manifest.digest);
    expect(plain(found?.index)).toEqual(plain(image.index));
  });

  it.each(['root', 'manifest', 'config', 'layer'] as const)(
    'does not find an image whose %s the store has lost',
    async (lost) => {
      const { catalog, store } = openCatalog();
      const { image, layers } = await makeImage(store, 'one', ['base']);
      catalog.addImage(image, layers);
      const { root, manifest, config } = image;
      const { changeSet } = layers[0]!;
      const all = { root, manifest: manifest.cid, config: config.cid, layer: changeSet };

      await store.gc(Object.values({ ...all, [lost]: root }).filter((cid) => cid !== all[lost]));

      expect(await catalog.findImage(image.manifest.digest)).toBeUndefined();
      expect(catalog.listImages()).toHaveLength(1);
    },
  );

  it('replaces a layer that was unpacked again', async () => {
    const { catalog, store } = openCatalog();
    const [first, second] = [await makeLayer(store, 'a'), await makeLayer(store, 'b')];

    catalog.addLayer(first);
    catalog.addLayer({ ...second, diffId: first.diffId });

    expect((await catalog.findLayer(first.diffId))?.changeSet.equals(second.changeSet)).toBe(true);
  });

  it('keeps a known recipe when the layer comes without one', async () => {
    const { catalog, store } = openCatalog();
    const layer = await makeLayer(store, 'a');

    catalog.addLayer(layer);
    catalog.addLayer({ ...layer, recipe: undefined });

    expect(plain(await catalog.findLayer(layer.diffId))).toEqual(plain(layer));
  });

  it('finds a layer without its recipe when the store has lost that', async () => {
    const { catalog, store } = openCatalog();
    const layer = await makeLayer(store, 'a');
    catalog.addLayer(layer);

    await store.gc([layer.changeSet]);

    const found = await catalog.findLayer(layer.diffId);
    expect(plain(found)).toEqual(plain({ ...layer, recipe: undefined }));
  });

  it('names what is kept of a layer, even when the store has lost it', async () => {
    const { catalog, store } = openCatalog();
    const { image, layers } = await makeImage(store, 'one', ['base']);
    const { diffId, changeSet, recipe } = layers[0]!;
    const layer = { diffId, digest: digest('blob') };
    const blob = await store.putNode('blob');
    catalog.addImage(image, layers);
    catalog.addBlob(layer.digest, blob);

    await store.gc([]);

    expect(plain(catalog.rootsOfLayer(layer))).toEqual(plain([changeSet, recipe, blob]));
    expect(catalog.rootsOfLayer({ diffId: digest('x'), digest: digest('x') })).toEqual([]);
  });

  it('retains the images asked for, and what they need', async () => {
    const { catalog, store } = openCatalog();
    const one = await makeImage(store, 'one', ['base', 'top']);
    const two = await makeImage(store, 'two', ['base', 'other']);
    const orphan = await makeLayer(store, 'orphan');
    catalog.addImage(one.image, one.layers);
    catalog.addImage(two.image, two.layers);
    catalog.addLayer(orphan);

    const forgotten = catalog.retainImages([two.image.manifest.digest]);

    expect(forgotten).toBe(1);
    expect(catalog.listImages().map(({ manifest }) => manifest.digest)).toEqual([
      two.image.manifest.digest,
    ]);
    expect(await catalog.findLayer(one.layers[0]!.diffId)).toBeDefined();
    expect(await catalog.findLayer(one.layers[1]!.diffId)).toBeUndefined();
    expect(await catalog.findLayer(orphan.diffId)).toBeUndefined();
    expect(await catalog.findRoot(one.image.chainId)).toBeUndefined();
  });

  it('names every block that it points to as a root', async () => {
    const { catalog, store } = openCatalog();
    const { image, layers } = await makeImage(store, 'one', ['base', 'top']);

    catalog.addImage(image, layers);

    const expected: CID[] = [
      image.root,
      image.manifest.cid,
      image.config.cid,
      image.index!.cid,
      ...layers.flatMap(({ changeSet, recipe }) => [changeSet, recipe!]),
    ];
    expect(catalog.roots().map(String)).toEqual(expected.map(String).sort());
  });

  it('refuses a catalog that a newer version wrote', () => {
    const { catalog } = openCatalog();
    catalog.close();
    const migrations = Array.from({ length: 99 }, () => '');
    openDatabase(path(), ['', ...migrations]).close();

    expect(() => openCatalog()).toThrow(
      expect.objectContaining({ code: 'STORE_FORMAT_UNSUPPORTED' }) as Error,
    );
  });

  function path(): string {
    return join(directory(), 'images.db');
  }

  function openCatalog(): { catalog: ImageCatalog; store: MemoryStore } {
    const store = new MemoryStore();
    return { catalog: openImageCatalog(path(), store), store };
  }
});

async function makeLayer(store: MemoryStore, name: string): Promise<CatalogLayer> {
  const changeSet = await store.putNode({ changeSet: name });
  const recipe = await store.putNode({ recipe: name });
  return { diffId: digest(name), changeSet, unpackedBytes: 100, entryCount: 3, recipe };
}

async function makeImage(
  store: MemoryStore,
  name: string,
  layerNames: readonly string[],
): Promise<{ image: NewCatalogImage; layers: CatalogLayer[] }> {
  const layers = await Promise.all(layerNames.map((layer) => makeLayer(store, layer)));
  const image: NewCatalogImage = {
    manifest: { digest: digest(name), cid: await store.putRawBlock(Buffer.from(name)) },
    manifestMediaType: 'application/vnd.oci.image.manifest.v1+json',
    index: await document(store, `index of ${name}`),
    config: await document(store, `config of ${name}`),
    platform: 'linux/amd64',
    chainId: chainIdOf(layers.map(({ diffId }) => diffId)),
    layers: layers.map(({ diffId }, position) => ({
      diffId,
      digest: digest(`blob ${position}`),
      mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
      sizeBytes: 10 + position,
    })),
    root: await store.putNode({ root: name }),
  };
  return { image, layers };
}

async function document(store: MemoryStore, text: string): Promise<{ digest: Digest; cid: CID }> {
  return { digest: digest(text), cid: await store.putRawBlock(Buffer.from(text)) };
}

function digest(text: string): Digest {
  return digestOf(Buffer.from(text));
}

/** CIDs as text: two equal ones may keep their bytes in different classes. */
/** What a record says, but for the time. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, it: unknown) => (key === 'addedAt' ? undefined : it)),
  );
}
