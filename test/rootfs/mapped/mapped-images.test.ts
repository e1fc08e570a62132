import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { MappedImages } from '../../../src/lib/rootfs/mapped/mapped-images.js';
import { RootfsCache } from '../../../src/lib/rootfs/rootfs-cache.js';
import { PackedFsStore } from '../../../src/lib/store/backends/packed-fs-store.js';
import { rejectionOf } from '../../support/failure.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';
import { judges } from '../support/judges.js';
import { storeTree } from '../support/stored-tree.js';
import { file, pattern, type TestEntry } from '../support/test-tree.js';

const temporary = useTemporaryDirectory();

const paths: Record<string, TestEntry> = {
  'bin/large': file(pattern(3_000_000), { mode: 0o4755 }),
  'etc/small': file(pattern(100)),
  'lib/other': file(pattern(700_001, 3)),
};

describe('MappedImages.materialise()', () => {
  it.each(judges)(
    'gives a disk that $name finds to be the dense image of the tree',
    async (judge) => {
      const { store, root, images } = await mappedImages();
      const dense = RootfsCache.open({ directory: join(temporary(), 'dense'), store });

      const { descriptors } = await images.materialise(root);

      const disk = join(temporary(), 'disk.raw');
      execFileSync('qemu-img', ['convert', '-f', 'vmdk', '-O', 'raw', descriptors.qemu, disk]);
      expect(judge.read(disk)).toEqual(judge.read(await dense.materialise(root)));
      await store.close();
    },
  );

  it('writes next to nothing of what the store has', async () => {
    const { store, root, images } = await mappedImages();

    await images.materialise(root);

    const [disk] = await images.list();
    expect(disk!.root).toBe(root.toString());
    expect(disk!.diskBytes).toBeLessThan(64 * 1024);
    await store.close();
  });

  it('makes nothing twice, for callers at the same time too', async () => {
    const { store, root, images } = await mappedImages();

    const first = await Promise.all([images.materialise(root), images.materialise(root)]);
    const written = statSync(first[0].descriptors.krun).ino;
    await images.materialise(root);

    expect(first[0]).toEqual(first[1]);
    expect(statSync(first[0].descriptors.krun).ino).toBe(written);
    await store.close();
  });

  it.each(['disk.json', 'metadata.erofs'])('makes it anew where %s is missing', async (name) => {
    const { store, root, images } = await mappedImages();
    await images.materialise(root);
    const directory = (await images.list())[0]!.path;
    rmSync(join(directory, name));

    await images.materialise(root);

    expect(readdirSync(directory)).toContain(name);
    await store.close();
  });

  it('makes it anew when a collection has moved the blocks that it maps', async () => {
    const { store, root, images } = await mappedImages();
    const { descriptors } = await images.materialise(root);
    const before = readFileSync(descriptors.qemu, 'utf8');

    expect((await store.gc([root])).reclaimedBytes).toBeGreaterThan(0);
    await images.materialise(root);

    expect(readFileSync(descriptors.qemu, 'utf8')).not.toBe(before);
    expect(await images.findDamaged()).toEqual([]);
    await store.close();
  });

  it('refuses a place whose path cannot stand in a descriptor', async () => {
    const { store, root } = await mappedImages();
    const images = MappedImages.open({ directory: join(temporary(), 'a space'), store });

    expect((await rejectionOf(images.materialise(root))).code).toBe('ROOTFS_LIMIT');
    await store.close();
  });
});

describe('MappedImages.packsOf()', () => {
  it('names the packs of the store that images map', async () => {
    const { store, root, images } = await mappedImages();
    await images.materialise(root);

    const packs = await images.packsOf(new Set([root.toString()]));

    expect(packs.size).toBeGreaterThan(0);
    for (const path of packs) expect(path).toContain(join(temporary(), 'store/packs'));
    expect(await images.packsOf(new Set())).toEqual(new Set());
    await store.close();
  });
});

describe('MappedImages.findDamaged()', () => {
  it('finds a byte that is not what was written', async () => {
    const { store, root, images } = await mappedImages();
    await images.materialise(root);
    const [disk] = await images.list();
    const path = join(disk!.path, 'metadata.erofs');
    const bytes = readFileSync(path);
    bytes[2000] = bytes[2000]! ^ 1;
    writeFileSync(path, bytes);

    expect(await images.findDamaged()).toEqual([disk]);
    expect(await images.remove(root)).toBeGreaterThan(0);
    expect(await images.list()).toEqual([]);
    await store.close();
  });
});

describe('MappedImages.retain()', () => {
  it('deletes all but the named ones, and counts the same without doing it', async () => {
    const { store, root, images } = await mappedImages();
    const other = await storeTree(store, { only: file(pattern(5000, 5)) });
    await store.flush();
    await images.materialise(root);
    await images.materialise(other);

    const planned = await images.retain([root], { dryRun: true });
    const freed = await images.retain([root]);

    expect(freed).toBe(planned);
    expect((await images.list()).map((it) => it.root)).toEqual([root.toString()]);
    await store.close();
  });
});

/** A store in which garbage lies between the blocks of the tree. */
async function mappedImages(): Promise<{ store: PackedFsStore; root: CID; images: MappedImages }> {
  const sizes = {
    segmentBytes: { data: 512 * 1024, node: 64 * 1024 },
    packLimitBytes: 64 * 1024 * 1024,
  };
  const store = await PackedFsStore.open({ path: join(temporary(), 'store'), sizes });
  await store.putBytes([pattern(8_000_000, 11)]);
  const root = await storeTree(store, paths);
  await store.flush();
  return { store, root, images: MappedImages.open({ directory: join(temporary(), 'm'), store }) };
}
