import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/lib/base/digest.js';
import {
  openImageCatalog,
  type ImageCatalog,
} from '../../../src/lib/image/catalog/image-catalog.js';
import { exactLayer } from '../../../src/lib/image/push/exact-layer.js';
import { importImage, type ImportReport } from '../../../src/lib/project/transfer/import-image.js';
import { PackedFsStore } from '../../../src/lib/store/backends/packed-fs-store.js';
import { writeTar } from '../../support/tar-writer.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const FILES = Array.from({ length: 6 }, (_, index) => ({
  name: `data/file-${index}`,
  content: randomBytes(700_000),
}));
const CONTENT_BYTES = FILES.reduce((sum, { content }) => sum + content.length, 0);
const TAR = writeTar([{ name: 'data/', type: '5', mode: 0o755 }, ...FILES]);

describe('importImage()', () => {
  const directory = useTemporaryDirectory();
  let store: PackedFsStore;
  let catalog: ImageCatalog;

  beforeEach(async () => {
    store = await PackedFsStore.open({ path: join(directory(), 'store') });
    catalog = openImageCatalog(join(directory(), 'images.db'), store);
  });

  afterEach(async () => {
    catalog.close();
    await store.close();
  });

  it('stores the content of a bare archive once, and gives out the same archive', async () => {
    writeFileSync(join(directory(), 'tree.tar'), TAR);

    const report = await imported('tree.tar');

    expect(storedBytes()).toBeLessThan(CONTENT_BYTES * 1.1);
    expect(report.layers).toEqual([digestOf(TAR)]);
    expect(digestOf(await layerOf(report))).toBe(digestOf(TAR));
  });

  it('stores the content of a directory once, and gives out the layer that the manifest names', async () => {
    mkdirSync(join(directory(), 'tree/data'), { recursive: true });
    for (const { name, content } of FILES) writeFileSync(join(directory(), 'tree', name), content);

    const report = await imported('tree');

    expect(storedBytes()).toBeLessThan(CONTENT_BYTES * 1.1);
    expect(digestOf(await layerOf(report))).toBe(report.layers[0]);
  });

  it('keeps a compressed archive as it came', async () => {
    const blob = gzipSync(TAR);
    writeFileSync(join(directory(), 'tree.tar.gz'), blob);

    const report = await imported('tree.tar.gz');

    expect(digestOf(await layerOf(report))).toBe(digestOf(blob));
  });

  it.each([
    ['plain', TAR],
    ['compressed', gzipSync(TAR)],
  ])('keeps the exact bytes of a %s archive through a collection', async (_, bytes) => {
    writeFileSync(join(directory(), 'tree.tar'), bytes);
    const report = await imported('tree.tar');

    await store.gc(catalog.roots());

    expect(digestOf(await layerOf(report))).toBe(digestOf(bytes));
  });

  it('keeps what an install of the same layer has not kept', async () => {
    writeFileSync(join(directory(), 'tree.tar'), TAR);
    const first = await imported('tree.tar');
    const { changeSet } = (await catalog.findLayer(digestOf(TAR)))!;
    catalog.retainImages([]);
    const known = { diffId: digestOf(TAR), unpackedBytes: TAR.length, entryCount: 7 };
    catalog.addLayer({ ...known, changeSet, recipe: undefined });
    await expect(layerOf(first)).rejects.toMatchObject({ code: 'EXPORT_NOT_EXACT' });

    writeFileSync(join(directory(), 'tree.tar'), TAR);
    const report = await imported('tree.tar');

    expect(digestOf(await layerOf(report))).toBe(digestOf(TAR));
  });

  /** The file is gone afterwards. */
  async function imported(name: string): Promise<ImportReport> {
    const path = join(directory(), name);
    const keep = (): Promise<undefined> => Promise.resolve(undefined);
    const report = await importImage(
      { store, catalog, keep, signal: new AbortController().signal },
      {
        ...{ path, tag: undefined, name: 'mine', takenNames: [] },
        platform: { os: 'linux', architecture: 'amd64' },
      },
    );
    rmSync(path, { recursive: true });
    return report;
  }

  async function layerOf({ manifest, layers }: ImportReport): Promise<Buffer> {
    const image = await catalog.findImage(manifest);
    const layer = image?.layers[0] ?? {
      ...{ digest: layers[0]!, diffId: layers[0]!, sizeBytes: TAR.length },
      mediaType: 'application/vnd.oci.image.layer.v1.tar',
    };
    const blob = await exactLayer({ store, catalog, origin: undefined }, layer);
    return buffer(blob.open());
  }

  function storedBytes(): number {
    const names = readdirSync(join(directory(), 'store'), { recursive: true, encoding: 'utf8' });
    return names
      .map((name) => statSync(join(directory(), 'store', name)))
      .reduce((sum, status) => sum + (status.isFile() ? status.blocks * 512 : 0), 0);
  }
});
