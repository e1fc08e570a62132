import { gzipSync } from 'node:zlib';
import * as fc from '../../support/fast-check.js';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/lib/base/digest.js';
import { flatten } from '../../../src/lib/fs/change-set/flatten.js';
import { importTar } from '../../../src/lib/image/import/import-tar.js';
import { writeTar } from '../../../src/lib/rootfs/tar/write-tar.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import { listing } from '../../fs/support/trees.js';
import { arbitraryTree } from '../../rootfs/support/arbitrary-tree.js';
import { storeTree } from '../../rootfs/support/stored-tree.js';
import { file, type TestEntry } from '../../rootfs/support/test-tree.js';
import { rejectionOf } from '../../support/failure.js';
import { writeTar as tarOf } from '../../support/tar-writer.js';
import { zstdStored } from '../../support/zstd-stored.js';

describe('importTar()', () => {
  it('gives back the tree that writeTar() wrote, whatever its names', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryTree, async (paths) => {
        const store = new MemoryStore();
        const root = await storeTree(store, {
          ...withoutSockets(paths),
          '.wh.kept': file(new Uint8Array(3)),
        });
        const archive = await archiveOf(store, root);

        const imported = await importTar(new MemoryStore(), [archive]);

        expect(imported.root.toString()).toBe(root.toString());
        expect(imported).toMatchObject({ diffId: digestOf(archive), sizeBytes: archive.length });
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    { compression: 'nothing', wrap: (tar: Uint8Array) => tar },
    { compression: 'gzip', wrap: (tar: Uint8Array) => gzipSync(tar) },
    { compression: 'zstd', wrap: zstdStored },
  ])('reads what is compressed with $compression as the same archive', async ({ wrap }) => {
    const tar = tarOf([{ name: 'a', content: 'a' }]);
    const plain = await importTar(new MemoryStore(), [tar]);

    const imported = await importTar(new MemoryStore(), [wrap(tar)]);

    expect(imported).toEqual(plain);
  });

  it('applies whiteouts when it is told that the archive is a layer', async () => {
    const store = new MemoryStore();
    const tar = tarOf([
      { name: 'd/', type: '5' },
      { name: 'd/.wh.gone' },
      { name: 'new', content: 'new' },
    ]);
    const base = await importTar(store, [
      tarOf([
        { name: 'd/gone', content: 'x' },
        { name: 'stays', content: 'y' },
      ]),
    ]);

    const layer = await importTar(store, [tar], { as: 'changeSet' });
    const tree = await importTar(store, [tar]);

    const merged = await listing(store, await flatten(store, [base.root, layer.root]));
    expect(merged.map((line) => line.split(' ')[0])).toEqual(['/', '/d', '/new', '/stays']);
    const plain = await listing(store, tree.root);
    expect(plain.map((line) => line.split(' ')[0])).toEqual(['/', '/d', '/d/.wh.gone', '/new']);
  });

  it('refuses names that lead out of the root, and damaged archives', async () => {
    const store = new MemoryStore();
    const good = tarOf([{ name: 'a', content: 'a' }]);
    const bad = [
      { archive: tarOf([{ name: '../a', content: 'a' }]), code: 'LAYER_UNSAFE_PATH' },
      { archive: tarOf([{ name: 'a', type: '1', linkName: 'a' }]), code: 'LAYER_INVALID' },
      { archive: tarOf([{ name: 'a', content: 'a', checksum: 1 }]), code: 'LAYER_INVALID' },
      { archive: good.subarray(0, 700), code: 'LAYER_INVALID' },
      { archive: gzipSync(good).subarray(0, 40), code: 'LAYER_COMPRESSION_INVALID' },
    ];

    const codes = [];
    for (const { archive } of bad)
      codes.push((await rejectionOf(importTar(store, [archive]))).code);

    expect(codes).toEqual(bad.map(({ code }) => code));
  });

  it('stops when it is told to', async () => {
    const archive = [tarOf([{ name: 'a', content: 'a' }])];

    const failure = await rejectionOf(
      importTar(new MemoryStore(), archive, { signal: AbortSignal.abort() }),
    );

    expect(failure.code).toBe('CANCELLED');
  });
});

async function archiveOf(store: MemoryStore, root: Parameters<typeof writeTar>[1]) {
  const pieces: Uint8Array[] = [];
  for await (const piece of writeTar(store, root)) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Sockets become pipes, which tar can say. */
function withoutSockets(
  paths: Readonly<Record<string, TestEntry>>,
): Readonly<Record<string, TestEntry>> {
  return Object.fromEntries(
    Object.entries(paths).map(([path, entry]) => [
      path,
      entry.kind === 'socket' ? { ...entry, kind: 'fifo' as const } : entry,
    ]),
  );
}
