import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MonoError } from '../../src/lib/errors.js';
import { writeErofs } from '../../src/lib/rootfs/write-erofs.js';
import { rejectionOf } from '../support/failure.js';
import { useTemporaryDirectory } from '../support/temporary-directory.js';
import { file, pattern, rawCid, symlink, testTree, type TestEntry } from './support/test-tree.js';

const temporary = useTemporaryDirectory();

const MIB = 2 ** 20;
const MARK = Buffer.from('content');

describe('writeErofs() given what it cannot write', () => {
  const refused: readonly { name: string; paths: Record<string, TestEntry>; says: RegExp }[] = [
    { name: 'a name of 256 bytes', paths: { ['n'.repeat(256)]: file(MARK) }, says: /256 bytes/ },
    { name: 'a name with a zero byte', paths: { 'a\0b': file(MARK) }, says: /zero byte/ },
    { name: 'dot dot as a name', paths: { '..': { kind: 'directory' } }, says: /`\.\.`/ },
    { name: 'a target of 4096 bytes', paths: { l: symlink('t'.repeat(4096)) }, says: /4096 bytes/ },
    { name: 'an empty target', paths: { l: symlink('') }, says: /not empty/ },
    {
      name: 'a major number of 4096',
      paths: { d: { kind: 'blockDevice', major: 4096, minor: 0 } },
      says: /4096:0 is beyond 4095:1048575/,
    },
    {
      name: 'a minor number of 2^20',
      paths: { d: { kind: 'characterDevice', major: 0, minor: 0x100000 } },
      says: /0:1048576/,
    },
    {
      name: 'an xattr value of 65,536 bytes',
      paths: { f: file(MARK, { xattrs: { 'user.v': pattern(65_536) } }) },
      says: /65536 bytes, the limit is 65535/,
    },
    {
      name: 'an xattr name of 256 bytes behind its prefix',
      paths: { f: file(MARK, { xattrs: { [`user.${'n'.repeat(256)}`]: MARK } }) },
      says: /256 bytes, the limit is 255/,
    },
    {
      name: 'xattrs of more than 262,148 bytes in all',
      paths: {
        f: file(MARK, {
          xattrs: Object.fromEntries([0, 1, 2, 3].map((i) => [`user.${i}`, pattern(65_535)])),
        }),
      },
      says: /the limit is 262148/,
    },
    { name: 'a link by CID', paths: { c: { kind: 'cidLink', target: rawCid(MARK) } }, says: /CID/ },
  ];

  it.each(refused)('refuses $name', async ({ paths, says }) => {
    const error = await rejectionOf(writeTree(paths));

    expect(error.code).toBe('ROOTFS_LIMIT');
    expect(error.message).toMatch(says);
    expect(await readdir(temporary())).toEqual([]);
  });

  it.each([
    { name: 'less', sizes: [10, 9] },
    { name: 'more', sizes: [10, 11] },
    { name: 'less', sizes: [1_000_000, 999_999] },
    { name: 'more', sizes: [1_000_000, 1_000_001] },
  ])('refuses content that is $name than its entry says: $sizes', async ({ name, sizes }) => {
    const [sizeBytes = 0, given = 0] = sizes;
    const content = { sizeBytes, pieces: () => [pattern(given)] };

    const error = await rejectionOf(writeTree({ 'dir/f': file(content) }));

    expect(error.code).toBe('STORE_NODE_INVALID');
    expect(error.message).toContain(`\`/dir/f\``);
    expect(error.message).toContain(name);
    expect(await readdir(temporary())).toEqual([]);
  });

  it('keeps the file that was there when a read fails', async () => {
    await writeFile(join(temporary(), 'image'), 'old');
    const broken = {
      sizeBytes: 5_000_000,
      *pieces() {
        yield pattern(4_000_000);
        throw new MonoError('STORE_BLOCK_CORRUPT', 'a block is damaged');
      },
    };

    const error = await rejectionOf(writeTree({ a: file(pattern(100)), b: file(broken) }));

    expect(error.code).toBe('STORE_BLOCK_CORRUPT');
    expect(await readdir(temporary())).toEqual(['image']);
    expect(await readFile(join(temporary(), 'image'), 'utf8')).toBe('old');
  });

  it('stops in the middle of a large file when it is cancelled', async () => {
    const controller = new AbortController();
    let given = 0;
    const endless = {
      sizeBytes: 2 ** 40,
      *pieces() {
        for (; given < 2 ** 40; given += MIB) {
          if (given === 50 * MIB) controller.abort();
          yield pattern(MIB);
        }
      },
    };
    const tree = testTree({ endless: file(endless) });
    const path = join(temporary(), 'image');

    const error = await rejectionOf(
      writeErofs({ ...tree, entries: tree.entries(), path, signal: controller.signal }),
    );

    expect(error.code).toBe('CANCELLED');
    expect(given).toBe(50 * MIB);
    expect(await readdir(temporary())).toEqual([]);
  });

  it('stops when it is cancelled, and leaves nothing behind', async () => {
    const controller = new AbortController();
    const paths = Array.from({ length: 100 }, (_, i) => [`f${i}`, file(pattern(100_000, i))]);
    const tree = testTree(Object.fromEntries(paths) as Record<string, TestEntry>);

    const error = await rejectionOf(
      writeErofs({
        ...tree,
        entries: tree.entries(),
        path: join(temporary(), 'image'),
        signal: controller.signal,
        onProgress: (event) => {
          if (event.kind === 'written') controller.abort();
        },
      }),
    );

    expect(error.code).toBe('CANCELLED');
    expect(await readdir(temporary())).toEqual([]);
  });
});

async function writeTree(paths: Record<string, TestEntry>): Promise<void> {
  const tree = testTree(paths);
  await writeErofs({ ...tree, entries: tree.entries(), path: join(temporary(), 'image') });
}
