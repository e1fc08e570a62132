import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import type { MappedImage } from '../../../src/lib/rootfs/mapped/mapped-image.js';
import { vmdkDescriptor } from '../../../src/lib/rootfs/mapped/vmdk-descriptor.js';
import { writeMappedErofs } from '../../../src/lib/rootfs/mapped/write-mapped-erofs.js';
import { fixedSize } from '../../../src/lib/store/chunkers/fixed-size.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import type { BulkReader } from '../../../src/lib/store/ipld-store.js';
import { PackedFsStore } from '../../../src/lib/store/backends/packed-fs-store.js';
import { rejectionOf } from '../../support/failure.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';
import { judges } from '../support/judges.js';
import { expectedSnapshot } from '../support/snapshot.js';
import { storeTree } from '../support/stored-tree.js';
import { file, pattern, symlink, testTree, type TestEntry } from '../support/test-tree.js';

const temporary = useTemporaryDirectory();

const KIB = 1024;
const BLOCK = 4096;
const shared = pattern(900 * KIB, 7);
const SECRET = Buffer.from('what the guest must not see ');

/** Sizes around every border, content in several places, and files that share it. */
const paths: Record<string, TestEntry> = {
  'bin/tool': file(pattern(300_000, 1), { mode: 0o4755 }),
  'bin/same': { kind: 'hardLink', of: 'bin/tool' as never },
  'dev/null': { kind: 'characterDevice', major: 1, minor: 3 },
  empty: file(new Uint8Array(0)),
  'etc/4032': file(pattern(4032, 2)),
  'etc/4033': file(pattern(4033, 3)),
  'etc/4095': file(pattern(4095, 4)),
  'etc/4096': file(pattern(4096, 5)),
  'etc/4097': file(pattern(4097, 6), { xattrs: { 'user.x': pattern(5000) } }),
  'etc/long-xattrs': file(pattern(300, 6), { xattrs: { 'user.x': pattern(3900) } }),
  'lib/large': file(pattern(3_000_001, 8)),
  'lib/shared': file(shared),
  'lib/shared-again': file(Buffer.concat([shared, pattern(100_000, 9)])),
  'lib/zeros': file(new Uint8Array(2 * 1024 * KIB)),
  link: symlink('t'.repeat(4095)),
};

describe.each(judges)('writeMappedErofs() before $name', (judge) => {
  it.each([
    { name: 'as many extents as it wants', maxExtents: 256 },
    { name: 'four extents', maxExtents: 4 },
    { name: 'no extent but its own', maxExtents: 2 },
  ])('describes the tree of the store, given $name', async ({ maxExtents }) => {
    const { store, root } = await packedTree(paths);

    const image = await mappedImage(store, root, maxExtents);

    expect(image.extents.length).toBeLessThanOrEqual(maxExtents);
    expect(judge.read(diskOf(image))).toEqual(
      judge.expect(await expectedSnapshot(testTree(paths))),
    );
    await store.close();
  });
});

describe('writeMappedErofs()', () => {
  it('copies nothing but metadata and small files where all content can be mapped', async () => {
    const { store, root } = await packedTree({
      large: file(pattern(5_000_000)),
      exact: file(pattern(8192)),
      small: file(pattern(100)),
    });

    const image = await mappedImage(store, root);

    expect(image.writtenBytes).toBe(2 * BLOCK);
    expect(existsSync(join(temporary(), 'side'))).toBe(false);
    await store.close();
  });

  it('has content that files share once on the disk', async () => {
    const { store, root } = await packedTree({ a: file(shared), b: file(shared), c: file(shared) });

    const image = await mappedImage(store, root);

    expect(image.sizeBytes).toBe(2 * BLOCK + shared.length);
    await store.close();
  });

  it('shows the guest nothing of what else the store has, and only zeros behind content', async () => {
    const { store, root } = await packedTree(paths);

    const image = await mappedImage(store, root);

    const disk = readFileSync(diskOf(image));
    expect(packBytes().includes(SECRET)).toBe(true);
    expect(disk.includes(SECRET)).toBe(false);
    expect(disk.includes('MSEG')).toBe(false);
    const contents = Object.values(paths).flatMap((entry) =>
      entry.kind === 'file' && entry.content instanceof Uint8Array ? [entry.content] : [],
    );
    for (const content of contents) {
      const rest = content.length % BLOCK;
      const tail = Buffer.from(content.subarray(content.length - rest));
      if (content.length < BLOCK || rest < 64) continue;
      const at = disk.indexOf(tail);
      expect(at % BLOCK).toBe(0);
      const padding = disk.subarray(at + rest, at + BLOCK);
      expect(padding.every((byte) => byte === 0)).toBe(true);
    }
    await store.close();
  });

  it('maps the longest pieces and copies the fewest bytes when extents are few', async () => {
    const { store, root } = await packedTree(paths);
    const all = await mappedImage(store, root);
    const packLengths = all.extents.slice(1).map(({ lengthBytes }) => lengthBytes);

    const few = await mappedImage(store, root, 4);

    const longest = packLengths.toSorted((a, b) => b - a).slice(0, 2);
    const mapped = few.extents.slice(1, -1).map(({ lengthBytes }) => lengthBytes);
    expect(packLengths.length).toBeGreaterThan(4);
    expect(mapped.toSorted((a, b) => b - a)).toEqual(longest);
    await store.close();
  });

  it('copies all content of a store whose chunks do not end at blocks', async () => {
    const unaligned = new MemoryStore({ chunker: fixedSize({ sizeBytes: 10_000 }) });
    const root = await storeTree(unaligned, paths);
    const store = Object.assign(unaligned, { locate: () => [] });

    const image = await mappedImage(store, root);

    expect(image.extents).toHaveLength(2);
    expect(judges[0]!.read(diskOf(image))).toEqual(await expectedSnapshot(testTree(paths)));
  });

  it('refuses content that is not as long as its entry says, and leaves nothing behind', async () => {
    const { store, root } = await packedTree(paths);
    const lying = {
      getNode: (cid: CID) => store.getNode(cid),
      readBlocks: (...request: Parameters<BulkReader['readBlocks']>) =>
        store.readBlocks(...request),
      locate: () => [],
      getBytes: () => toAsync([pattern(10_000_000)]),
    };

    const error = await rejectionOf(mappedImage(lying, root));

    expect(error.code).toBe('STORE_NODE_INVALID');
    expect(existsSync(join(temporary(), 'metadata'))).toBe(false);
    expect(existsSync(join(temporary(), 'side'))).toBe(false);
    await store.close();
  });
});

/** A store of small segments, with other content before and between the tree's. */
async function packedTree(
  tree: Record<string, TestEntry>,
): Promise<{ store: PackedFsStore; root: CID }> {
  const path = join(temporary(), 'store');
  const sizes = { segmentBytes: { data: 512 * KIB, node: 64 * KIB }, packLimitBytes: 2048 * KIB };
  const store = await PackedFsStore.open({ path, sizes });
  await store.putBytes([Buffer.alloc(100_000, SECRET)]);
  const some = Object.entries(tree).filter(([name]) => !name.includes('shared'));
  await storeTree(store, Object.fromEntries(some));
  await store.putBytes([Buffer.alloc(50_000, `x${SECRET.toString()}`)]);
  const root = await storeTree(store, tree);
  await store.flush();
  return { store, root };
}

async function mappedImage(
  store: Parameters<typeof writeMappedErofs>[0]['store'],
  root: CID,
  maxExtents = 256,
): Promise<MappedImage> {
  const path = join(temporary(), 'metadata');
  const image = await writeMappedErofs({
    ...{ store, root, path, maxExtents },
    sidePath: join(temporary(), 'side'),
  });
  const sum = image.extents.reduce((bytes, { lengthBytes }) => bytes + lengthBytes, 0);
  expect(sum).toBe(image.sizeBytes);
  return image;
}

/** Returns the path of the disk as QEMU reads it. */
function diskOf(image: MappedImage): string {
  const descriptor = join(temporary(), 'disk.vmdk');
  const disk = join(temporary(), 'disk.raw');
  writeFileSync(descriptor, vmdkDescriptor(image.extents, 'qemu'));
  execFileSync('qemu-img', ['convert', '-f', 'vmdk', '-O', 'raw', descriptor, disk]);
  expect(statSync(disk).size).toBe(image.sizeBytes);
  return disk;
}

function packBytes(): Buffer {
  return execFileSync('sh', ['-c', 'cat "$1"/*', '-', join(temporary(), 'store/packs')], {
    maxBuffer: 1 << 28,
  });
}

// eslint-disable-next-line @typescript-eslint/require-await -- makes a synchronous source asynchronous
async function* toAsync<T>(items: Iterable<T>): AsyncIterable<T> {
  yield* items;
}
