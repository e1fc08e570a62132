import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import * as fc from '../../support/fast-check.js';
import { afterEach, describe, expect, it } from 'vitest';
import type { ByteSource } from '../../../src/lib/base/bytes.js';
import { importDirectory } from '../../../src/lib/fs/import/import-directory.js';
import type { TreeEntry } from '../../../src/lib/fs/entry.js';
import { lookup } from '../../../src/lib/fs/tree/lookup.js';
import { walkTree } from '../../../src/lib/fs/tree/walk-tree.js';
import { removeTree } from '../../../src/lib/io/remove-tree.js';
import { writeDirectory } from '../../../src/lib/rootfs/directory/write-directory.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import type { CID } from 'multiformats/cid';
import { arbitraryTree } from '../../rootfs/support/arbitrary-tree.js';
import { storeTree } from '../../rootfs/support/stored-tree.js';
import type { TestEntry } from '../../rootfs/support/test-tree.js';
import { asNobody } from '../../support/as-nobody.js';
import { rejectionOf } from '../../support/failure.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';
import { readUpper } from '../support/read-upper.js';
import { bytes } from '../support/trees.js';

const directory = useTemporaryDirectory();
const opened: (() => void)[] = [];

afterEach(() => {
  for (const close of opened.splice(0)) close();
});

describe('importDirectory()', () => {
  it('gives back the tree that writeDirectory() wrote', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryTree, async (paths) => {
        const store = new MemoryStore();
        const root = await storeTree(store, writable(paths));
        const path = join(directory(), 'tree');
        await writeDirectory(store, root, { path, restoreOwners: false });

        const imported = await importDirectory(store, { path, xattrProgram: null });

        await removeTree(path);
        expect(await entriesOf(store, imported.root)).toEqual(await entriesOf(store, root));
        expect(imported.root.toString()).toBe(root.toString());
      }),
      { numRuns: 40 },
    );
  });

  it('reads what another reader of the directory reads, devices and attributes included', async () => {
    const path = at('tree');
    mkdirSync(join(path, 'd', 'empty'), { recursive: true });
    writeFileSync(join(path, 'd', 'tool'), 'run', { mode: 0o4755 });
    linkSync(join(path, 'd', 'tool'), join(path, 'again'));
    symlinkSync('../nowhere', join(path, 'd', 'link'));
    writeFileSync(
      Buffer.concat([Buffer.from(`${path}/`), Buffer.of(0xff, 0x0a, 0x5c)]),
      'odd name',
    );
    execFileSync('mkfifo', [join(path, 'pipe')]);
    execFileSync('mknod', [join(path, 'null'), 'c', '1', '3']);
    execFileSync('mknod', [join(path, 'disk'), 'b', '259', '70000']);
    execFileSync('setfattr', ['-n', 'user.a=b\\', '-v', '0x00ff0a', join(path, 'd', 'tool')]);
    execFileSync('setfattr', ['-n', 'user.empty', path]);
    execFileSync('touch', ['-h', '-d', '@-1.25', join(path, 'd', 'link')]);
    execFileSync('chown', ['-R', '1234:5678', path]);
    const store = new MemoryStore();

    const imported = await importDirectory(store, { path });

    const expected: unknown[] = [];
    for await (const { path: at, entry } of readUpper(store, path)) expected.push([at, entry]);
    expect(imported).toMatchObject({ entryCount: expected.length, hasXattrs: true });
    expect(await entriesOf(store, imported.root)).toEqual(expected);
    const walked: [string, number][] = [];
    for await (const { path: at, inode } of walkTree(store, imported.root))
      walked.push([at, inode]);
    expect(new Map(walked).get('again')).toBe(new Map(walked).get('d/tool'));
  });

  it('gives a socket its name, without waiting for anybody', async () => {
    const server = createServer();
    mkdirSync(at('tree'));
    await new Promise<void>((resolve) => server.listen(join(at('tree'), 's'), resolve));
    opened.push(() => server.close());
    const store = new MemoryStore();

    const { root } = await importDirectory(store, { path: at('tree') });

    expect(await lookup(store, root, bytes('s'))).toMatchObject({ kind: 'socket' });
  });

  it('gives everything one owner when it is asked to', async () => {
    mkdirSync(at('tree/d'), { recursive: true });
    writeFileSync(at('tree/f'), '');
    const store = new MemoryStore();

    const { root } = await importDirectory(store, { path: at('tree'), owner: { uid: 7, gid: 8 } });

    const owners = (await entriesOf(store, root)).map(([, { uid, gid }]) => `${uid}:${gid}`);
    expect(owners).toEqual(['7:8', '7:8', '7:8']);
  });

  it('says that attributes are missing when nothing can read them', async () => {
    mkdirSync(at('tree'));

    const imported = await importDirectory(new MemoryStore(), {
      path: at('tree'),
      xattrProgram: 'no-such-program',
    });

    expect(imported.hasXattrs).toBe(false);
  });

  it('refuses what may not be read, or leaves it out and counts it', async () => {
    mkdirSync(at('tree/closed'), { recursive: true });
    mkdirSync(at('tree/no-entry'));
    writeFileSync(at('tree/no-entry/name'), '');
    writeFileSync(at('tree/secret'), 'secret');
    for (const [name, mode] of [
      ['closed', 0],
      ['no-entry', 0o444],
      ['secret', 0],
      ['.', 0o755],
    ] as const) {
      chmodSync(at(`tree/${name}`), mode);
    }
    chmodSync(directory(), 0o755);
    const store = new MemoryStore();

    await asNobody(async () => {
      const failure = await rejectionOf(importDirectory(store, { path: at('tree') }));
      const imported = await importDirectory(store, { path: at('tree'), unreadable: 'skip' });

      expect(failure).toMatchObject({ code: 'FS_UNREADABLE', details: { path: 'closed' } });
      expect(imported.unreadableEntries).toBe(3);
      const paths = (await entriesOf(store, imported.root)).map(([path]) => path);
      expect(paths).toEqual(['', 'closed', 'no-entry']);
    });
  });

  it('stays in a directory that is moved away and replaced by a symbolic link', async () => {
    mkdirSync(at('outside'));
    writeFileSync(at('outside/z'), 'outside');
    mkdirSync(at('tree/d'), { recursive: true });
    writeFileSync(at('tree/d/a'), 'a');
    writeFileSync(at('tree/d/z'), 'inside');
    const store = storeThat(() => {
      renameSync(at('tree/d'), at('moved'));
      symlinkSync(at('outside'), at('tree/d'));
    });

    const { root } = await importDirectory(store, { path: at('tree') });

    expect(readlinkSync(at('tree/d'))).toBe(at('outside'));
    expect(await textAt(store, root, 'd/z')).toBe('inside');
  });

  it('refuses a file that is written to while it is read', async () => {
    mkdirSync(at('tree'));
    writeFileSync(at('tree/log'), 'first');
    const store = storeThat(() => appendFileSync(at('tree/log'), 'second'));

    const failure = await rejectionOf(importDirectory(store, { path: at('tree') }));

    expect(failure).toMatchObject({ code: 'FS_CHANGED', details: { path: 'log' } });
  });

  it('does not follow a symbolic link out of the root, but may start at one', async () => {
    mkdirSync(at('tree'));
    symlinkSync('/', at('tree/out'));
    symlinkSync(at('tree'), at('start'));
    const store = new MemoryStore();

    const { root } = await importDirectory(store, { path: at('start') });

    expect((await entriesOf(store, root)).map(([path]) => path)).toEqual(['', 'out']);
  });

  it('takes other file systems for empty directories when it is asked to', async () => {
    mkdirSync(at('tree/proc'), { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', at('tree/proc')]);
    opened.push(() => execFileSync('umount', [at('tree/proc')]));
    writeFileSync(at('tree/proc/f'), '');
    const store = new MemoryStore();

    const all = await importDirectory(store, { path: at('tree') });
    const one = await importDirectory(store, { path: at('tree'), oneFileSystem: true });

    expect([all.entryCount, one.entryCount]).toEqual([3, 2]);
  });

  it('fails on a path that is not there, and stops when it is told to', async () => {
    const missing = await rejectionOf(importDirectory(new MemoryStore(), { path: at('none') }));
    const stopped = await rejectionOf(
      importDirectory(new MemoryStore(), { path: directory(), signal: AbortSignal.abort() }),
    );

    expect([missing.code, stopped.code]).toEqual(['IO_FAILED', 'CANCELLED']);
  });
});

function at(name: string): string {
  return join(directory(), name);
}

/** Entries of all paths; directories without what they have. */
async function entriesOf(store: MemoryStore, root: CID): Promise<[string, TreeEntry][]> {
  const found: [string, TreeEntry][] = [];
  for await (const { path, entry } of walkTree(store, root)) {
    const own = { ...entry, entries: undefined } as unknown as TreeEntry;
    found.push([path, entry.kind === 'directory' ? own : entry]);
  }
  return found;
}

async function textAt(store: MemoryStore, root: CID, path: string): Promise<string> {
  const entry = await lookup(store, root, bytes(path));
  if (entry?.kind !== 'file') throw new Error(`${path} is no file`);
  const pieces: Uint8Array[] = [];
  for await (const piece of store.getBytes(entry.content)) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

/** A store that does something when the first content has been read. */
function storeThat(act: () => void): MemoryStore {
  const store = new MemoryStore();
  const put = store.putBytes.bind(store);
  let isFirst = true;
  store.putBytes = async (source: ByteSource) => {
    const stored = await put(source);
    if (isFirst) act();
    isFirst = false;
    return stored;
  };
  return store;
}

/** A tree that a user without privileges can write: no devices, own owner, times in quarters. */
function writable(paths: Readonly<Record<string, TestEntry>>): Readonly<Record<string, TestEntry>> {
  const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const kinds = new Set(['file', 'directory', 'symlink', 'hardLink']);
  return Object.fromEntries(
    Object.entries(paths).map(([path, entry]): [string, TestEntry] => {
      const { seconds, nanoseconds } = entry.mtime ?? { seconds: 0, nanoseconds: 0 };
      const quarters = Math.floor(nanoseconds / 250_000_000) * 250_000_000;
      const mtime = { seconds, nanoseconds: quarters };
      const own = { ...entry, ...owner, mtime, xattrs: {} };
      if (kinds.has(own.kind)) return [path, own];
      return [path, { ...own, mode: 0o777, kind: 'symlink', target: bytes('target') }];
    }),
  );
}
