import { existsSync } from 'node:fs';
import { readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { RootfsCache } from '../../src/lib/rootfs/rootfs-cache.js';
import { MemoryStore } from '../../src/lib/store/backends/memory-store.js';
import { rejectionOf } from '../support/failure.js';
import { useTemporaryDirectory } from '../support/temporary-directory.js';
import { judges } from './support/judges.js';
import { expectedSnapshot } from './support/snapshot.js';
import { storeTree } from './support/stored-tree.js';
import { file, pattern, symlink, testTree, type TestEntry } from './support/test-tree.js';

const temporary = useTemporaryDirectory();

const paths: Record<string, TestEntry> = {
  'bin/large': file(pattern(3_000_000), { mode: 0o4755 }),
  'bin/same': { kind: 'hardLink', of: 'bin/large' as never },
  'etc/small': file(pattern(100), { xattrs: { 'user.x': pattern(20) } }),
  link: symlink('bin/large'),
};

describe('RootfsCache.materialise()', () => {
  it.each(judges)('gives an image that $name finds to be the tree of the store', async (judge) => {
    const { cache, root } = await cacheOf(paths);

    const path = await cache.materialise(root);

    const expected = await expectedSnapshot(testTree(paths));
    expect(judge.read(path)).toEqual(judge.expect(expected));
  });

  it('gives the same bytes in another directory, from another store', async () => {
    const first = await cacheOf(paths, 'one');
    const second = await cacheOf(paths, 'two');

    const images = await Promise.all(
      [first, second].map(async ({ cache, root }) => readFile(await cache.materialise(root))),
    );

    expect(first.root.equals(second.root)).toBe(true);
    expect(images[0]!.equals(images[1]!)).toBe(true);
  });

  it('writes an image once, for callers of several caches at the same time', async () => {
    const { store, root, cache } = await cacheOf(paths);
    const other = RootfsCache.open({ directory: join(temporary(), 'cache'), store });
    let written = 0;
    const count = {
      onProgress: (event: { kind: string }) => (written += +(event.kind === 'planned')),
    };

    const all = await Promise.all(
      [cache, other, cache, other].map((one) => one.materialise(root, count)),
    );

    expect(new Set(all).size).toBe(1);
    expect(written).toBe(1);
  });

  it('reads nothing of the store when the image is there', async () => {
    const { root, cache } = await cacheOf(paths);
    const path = await cache.materialise(root);
    const { ino } = await stat(path);

    const blind = RootfsCache.open({
      directory: join(temporary(), 'cache'),
      store: new MemoryStore(),
    });

    expect(await blind.materialise(root)).toBe(path);
    expect((await stat(path)).ino).toBe(ino);
  });

  it.each([
    { name: 'is shorter than it says', damage: (path: string) => truncate(path, 8192) },
    { name: 'is empty', damage: (path: string) => truncate(path, 0) },
    { name: 'is of another tree', damage: (path: string) => replaceUuid(path) },
  ])('writes an image again when the file $name', async ({ damage }) => {
    const { root, cache } = await cacheOf(paths);
    const path = await cache.materialise(root);
    const whole = await readFile(path);
    await damage(path);

    await cache.materialise(root);

    expect((await readFile(path)).equals(whole)).toBe(true);
  });

  it('removes what a crash left behind', async () => {
    const { root, cache } = await cacheOf(paths);
    const path = await cache.materialise(root);
    await cache.remove(root);
    const left = path.replace(/([^/]+)$/, '.tmp-$1-0123456789ab');
    await writeFile(left, pattern(10_000));

    await cache.materialise(root);

    expect(existsSync(left)).toBe(false);
  });

  it('leaves nothing behind when a block is missing, and succeeds once it is there', async () => {
    const { root, directory } = await cacheOf(paths);
    const empty = new MemoryStore();
    const cache = RootfsCache.open({ directory, store: empty });

    const error = await rejectionOf(cache.materialise(root));

    expect(error.code).toBe('STORE_BLOCK_MISSING');
    expect(await readdir(directory)).toEqual([]);
    await storeTree(empty, paths);
    expect(existsSync(await cache.materialise(root))).toBe(true);
  });

  it('gives up waiting when it is cancelled', async () => {
    const { root, cache } = await cacheOf(paths);

    const error = await rejectionOf(cache.materialise(root, { signal: AbortSignal.abort() }));

    expect(error.code).toBe('CANCELLED');
  });
});

describe('RootfsCache.retain()', () => {
  it('deletes the images of other roots, of other versions and of crashes, and says how much', async () => {
    const { store, root, cache, directory } = await cacheOf(paths);
    const other = await storeTree(store, { only: file(pattern(50_000)) });
    const kept = await cache.materialise(root);
    const dropped = await cache.materialise(other);
    const older = kept.replace(/dense-\d+/, 'dense-0');
    const crashed = join(directory, `.tmp-${kept.split('/').at(-1)!}-00ff`);
    const foreign = join(directory, 'notes.txt');
    for (const path of [older, crashed, foreign]) await writeFile(path, pattern(10_000));
    const expected = await sumOfBlocks([dropped, older, crashed]);

    const freed = await cache.retain([root]);

    expect(freed).toBe(expected);
    expect((await readdir(directory)).sort()).toEqual([kept, foreign].map(lastName).sort());
  });

  it('leaves an image alone that is being written', async () => {
    const { root, cache } = await cacheOf(paths);
    let retained = -1;

    const path = await cache.materialise(root, {
      onProgress: (event) => {
        if (event.kind === 'written' && retained < 0) {
          retained = 0;
          void cache.retain([]).then((freed) => (retained = freed));
        }
      },
    });

    expect(existsSync(path)).toBe(true);
  });
});

describe('RootfsCache.list()', () => {
  it('names the images, what they take and when they were used', async () => {
    const { store, root, cache } = await cacheOf(paths);
    const other = await storeTree(store, { only: file(pattern(5)) });
    const before = Date.now() - 1000;
    const images = [await cache.materialise(root), await cache.materialise(other)];

    const listed = await cache.list();

    expect(listed.map(({ path }) => path)).toEqual(images.toSorted());
    expect(new Set(listed.map((one) => one.root))).toEqual(
      new Set([root.toString(), other.toString()]),
    );
    for (const { path, diskBytes, lastUsed } of listed) {
      expect(diskBytes).toBe(await sumOfBlocks([path]));
      expect(lastUsed.getTime()).toBeGreaterThan(before);
    }
  });
});

describe('RootfsCache.remove()', () => {
  it('returns what was freed, and nothing the second time', async () => {
    const { root, cache } = await cacheOf(paths);
    const size = await sumOfBlocks([await cache.materialise(root)]);

    expect(await cache.remove(root)).toBe(size);
    expect(await cache.remove(root)).toBe(0);
    expect(await cache.list()).toEqual([]);
  });
});

async function cacheOf(
  tree: Record<string, TestEntry>,
  name = 'cache',
): Promise<{ store: MemoryStore; root: CID; cache: RootfsCache; directory: string }> {
  const store = new MemoryStore();
  const root = await storeTree(store, tree);
  const directory = join(temporary(), name);
  return { store, root, directory, cache: RootfsCache.open({ directory, store }) };
}

async function replaceUuid(path: string): Promise<void> {
  const bytes = await readFile(path);
  bytes.fill(0, 1024 + 48, 1024 + 64);
  await writeFile(path, bytes);
}

async function sumOfBlocks(paths: readonly string[]): Promise<number> {
  let sum = 0;
  for (const path of paths) sum += (await stat(path)).blocks * 512;
  return sum;
}

function lastName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
