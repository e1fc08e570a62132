import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from '../../support/fast-check.js';
import type { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/lib/base/digest.js';
import { flatten } from '../../../src/lib/fs/change-set/flatten.js';
import { applyLayer } from '../../../src/lib/image/layer/apply-layer.js';
import { writeTar } from '../../../src/lib/rootfs/tar/write-tar.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import { rejectionOf } from '../../support/failure.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';
import { arbitraryTree } from '../support/arbitrary-tree.js';
import { storeTree } from '../support/stored-tree.js';
import type { TestEntry } from '../support/test-tree.js';

const directory = useTemporaryDirectory();
const attributes = {
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtime: { seconds: 1_700_000_000, nanoseconds: 0 },
} as const;

describe('writeTar()', () => {
  it('is read back as the same tree, whatever the tree', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryTree, async (paths) => {
        const store = new MemoryStore();
        const root = await flatten(store, [await storeTree(store, withoutSockets(paths))]);

        const archive = await archiveOf(store, root);

        expect((await readBack(archive)).toString()).toBe(root.toString());
      }),
      { numRuns: 60 },
    );
  });

  it('is read by GNU tar, long names, links and fractions of seconds included', async () => {
    const long = `${'d'.repeat(120)}/${'f'.repeat(130)}`;
    const store = new MemoryStore();
    const root = await flatten(store, [
      await storeTree(store, {
        '': { kind: 'directory', ...attributes, mode: 0o755 },
        ['d'.repeat(120)]: { kind: 'directory', ...attributes, mode: 0o700 },
        [long]: {
          kind: 'file',
          ...attributes,
          uid: 4_000_000_000,
          mtime: { seconds: 1, nanoseconds: 750_000_000 },
          content: new Uint8Array(700),
        },
        link: { kind: 'hardLink', of: long as never },
        symlink: { kind: 'symlink', ...attributes, mode: 0o777, target: 'link' as never },
      }),
    ]);
    const path = join(directory(), 'archive.tar');
    writeFileSync(path, await archiveOf(store, root));

    const listed = execFileSync('tar', ['--numeric-owner', '--full-time', '-tvf', path], {
      encoding: 'utf8',
      env: { ...process.env, TZ: 'UTC' },
    });

    const lines = listed.trim().split('\n');
    expect(lines.map((line) => line.replace(/ +/g, ' '))).toEqual([
      'drwxr-xr-x 0/0 0 2023-11-14 22:13:20 ./',
      `drwx------ 0/0 0 2023-11-14 22:13:20 ${'d'.repeat(120)}/`,
      `-rw-r--r-- 4000000000/0 700 1970-01-01 00:00:01.75 ${long}`,
      `hrw-r--r-- 4000000000/0 0 1970-01-01 00:00:01.75 link link to ${long}`,
      'lrwxrwxrwx 0/0 0 2023-11-14 22:13:20 symlink -> link',
    ]);
  });

  it('keeps an extended attribute whose name has an equals sign', async () => {
    const xattrs = { 'user.%a=b': Uint8Array.of(0, 255), 'user.c': Uint8Array.of(10) };
    const store = new MemoryStore();
    const root = await flatten(store, [
      await storeTree(store, {
        '': { kind: 'directory', ...attributes },
        f: { kind: 'file', ...attributes, content: new Uint8Array(3), xattrs },
      }),
    ]);

    const again = await readBack(await archiveOf(store, root));

    expect(again.toString()).toBe(root.toString());
  });

  it('refuses a socket, which tar cannot say', async () => {
    const store = new MemoryStore();
    const root = await flatten(store, [
      await storeTree(store, {
        '': { kind: 'directory', ...attributes },
        s: { kind: 'socket', ...attributes },
      }),
    ]);

    const failure = await rejectionOf(archiveOf(store, root));

    expect(failure).toMatchObject({ code: 'ROOTFS_LIMIT', details: { kind: 'socket' } });
  });
});

async function archiveOf(store: MemoryStore, root: CID): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of writeTar(store, root)) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** The tree that the archive gives as the only layer of an image, in a store of its own. */
async function readBack(archive: Uint8Array): Promise<CID> {
  const store = new MemoryStore();
  const layer = {
    digest: digestOf(archive),
    mediaType: 'application/vnd.oci.image.layer.v1.tar',
    diffId: undefined,
    blob: [archive],
  };
  const { changeSet } = await applyLayer(store, layer);
  return flatten(store, [changeSet]);
}

/** Sockets become pipes. */
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
