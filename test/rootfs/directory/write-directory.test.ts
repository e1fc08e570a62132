import {
  chmodSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { byteStringFromBytes } from '../../../src/lib/base/bytes.js';
import { ChangeSetBuilder } from '../../../src/lib/fs/change-set/change-set-builder.js';
import { flatten } from '../../../src/lib/fs/change-set/flatten.js';
import {
  writeDirectory,
  type DirectoryOptions,
  type DirectoryReport,
} from '../../../src/lib/rootfs/directory/write-directory.js';
import { removeTree } from '../../../src/lib/io/remove-tree.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import { attributes, bytes, fileOf, symlinkTo } from '../../fs/support/trees.js';
import { asNobody } from '../../support/as-nobody.js';
import { rejectionOf } from '../../support/failure.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const store = new MemoryStore();
const file = await fileOf(store, 'content', {
  mode: 0o4751,
  mtime: { seconds: 1_700_000_000, nanoseconds: 250_000_000 },
});
const directory = useTemporaryDirectory();

type Fill = (builder: ChangeSetBuilder) => void;

describe('writeDirectory()', () => {
  it('writes files, directories and links with modes and times', async () => {
    const report = await write((b) => {
      b.setDirectory(bytes('d'), attributes({ mode: 0o1711, mtime: file.mtime }));
      b.setEntry(bytes('d/f'), file);
      b.setHardLink(bytes('d/g'), bytes('d/f'));
      b.setEntry(bytes('s'), { ...symlinkTo('../nowhere'), mtime: file.mtime });
      b.setEntry(byteStringFromBytes(Uint8Array.of(0xff)), file);
    });

    const [d, f, g, s] = ['d', 'd/f', 'd/g', 's'].map((name) => lstatSync(at(name)));
    expect(report).toEqual({ writtenEntries: 6, omittedEntries: 0, omittedXattrs: 0 });
    expect(readFileSync(at('d/f'), 'utf8')).toBe('content');
    expect([d, f].map((stat) => (stat?.mode ?? 0) & 0o7777)).toEqual([0o1711, 0o4751]);
    expect([d, f, s].map((stat) => stat?.mtimeMs)).toEqual(Array(3).fill(1_700_000_000_250));
    expect(g?.ino).toBe(f?.ino);
    expect(readlinkSync(at('s'))).toBe('../nowhere');
    expect(readdirSync(at('.'), { encoding: 'buffer' })).toContainEqual(Buffer.of(0xff));
  });

  it('sets times before 1970', async () => {
    const mtime = { seconds: -2, nanoseconds: 750_000_000 };

    await write((b) => b.setEntry(bytes('f'), { ...file, mtime }));

    expect(lstatSync(at('f')).mtimeMs).toBe(-1250);
  });

  it('is not hindered by directories without permissions, as a user without privileges', async () => {
    chmodSync(directory(), 0o777);
    await asNobody(async () => {
      await write((b) => {
        b.setDirectory(bytes('none'), attributes({ mode: 0 }));
        b.setDirectory(bytes('none/read-only'), attributes({ mode: 0o500 }));
        b.setEntry(bytes('none/read-only/f'), file);
        b.setHardLink(bytes('z'), bytes('none/read-only/f'));
      });

      expect(lstatSync(at('none')).mode & 0o7777).toBe(0);
      expect(readFileSync(at('z'), 'utf8')).toBe('content');
      expect(() => readdirSync(at('none'))).toThrow('EACCES');
      await removeTree(join(directory(), 'tree'));
      expect(readdirSync(directory())).toEqual([]);
    });
  });

  it('gives entries their owners when it is asked to', async () => {
    const uid = process.getuid?.() ?? 0;
    const owner = uid === 0 ? 1234 : uid;
    const owned = { ...file, uid: owner, gid: uid === 0 ? 5678 : (process.getgid?.() ?? 0) };

    await write((b) => b.setEntry(bytes('f'), owned), { restoreOwners: uid === 0 });

    expect(lstatSync(at('f'))).toMatchObject({ uid: owned.uid, gid: owned.gid });
    expect(lstatSync(at('f')).mode & 0o7777).toBe(0o4751);
  });

  it('counts what it cannot make', async () => {
    const report = await write((b) => {
      b.setEntry(bytes('null'), {
        ...attributes(),
        kind: 'characterDevice',
        ...{ major: 1, minor: 3 },
      });
      b.setEntry(bytes('pipe'), { ...attributes(), kind: 'fifo' });
      b.setEntry(bytes('f'), { ...file, xattrs: new Map([[bytes('user.a'), new Uint8Array()]]) });
    });

    expect(report).toEqual({ writtenEntries: 2, omittedEntries: 2, omittedXattrs: 1 });
    expect(readdirSync(at('.'))).toEqual(['f']);
  });

  it('touches nothing that is at the path already', async () => {
    writeFileSync(join(directory(), 'tree'), 'mine');

    const failure = await rejectionOf(write((b) => b.setEntry(bytes('f'), file)));

    expect(failure).toMatchObject({ code: 'IO_FAILED' });
    expect(readFileSync(join(directory(), 'tree'), 'utf8')).toBe('mine');
  });

  it('leaves nothing behind when content is missing', async () => {
    const absent = await fileOf(new MemoryStore(), 'absent');

    const failure = await rejectionOf(write((b) => b.setEntry(bytes('f'), absent)));

    expect(failure).toMatchObject({ code: 'STORE_BLOCK_MISSING' });
    expect(readdirSync(directory())).toEqual([]);
  });
});

async function write(
  fill: Fill,
  options: Partial<DirectoryOptions> = {},
): Promise<DirectoryReport> {
  const builder = new ChangeSetBuilder(store);
  fill(builder);
  const root = await flatten(store, [await builder.commit()]);
  const path = join(directory(), 'tree');
  return writeDirectory(store, root, { path, restoreOwners: false, ...options });
}

function at(name: string): string {
  return `${directory()}/tree/${name}`;
}
