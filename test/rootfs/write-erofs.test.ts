import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { byteStringFromBytes } from '../../src/lib/base/bytes.js';
import { writeErofs, type RootfsProgress } from '../../src/lib/rootfs/write-erofs.js';
import { useTemporaryDirectory } from '../support/temporary-directory.js';
import {
  erofsSnapshot,
  openErofs,
  type ErofsImage,
  type ErofsInode,
} from './support/erofs-reader.js';
import { fsck, judges } from './support/judges.js';
import { bytesText, expectedSnapshot } from './support/snapshot.js';
import {
  file,
  pattern,
  symlink,
  testTree,
  type TestEntry,
  type TestTree,
} from './support/test-tree.js';

const temporary = useTemporaryDirectory();

const ACL = Buffer.from('0200000001000700ffffffff04000500ffffffff20000500ffffffff', 'hex');
const CAPABILITY = Buffer.from('0100000200040000000000000000000000000000', 'hex');

/** Root, every kind of entry, and each attribute at its limits. */
const everyKind: Record<string, TestEntry> = {
  file: file(pattern(10_000)),
  directory: { kind: 'directory', mode: 0o1777, uid: 12, gid: 34 },
  link: symlink('../somewhere/else'),
  fifo: { kind: 'fifo', mode: 0o600 },
  socket: { kind: 'socket', mode: 0o700 },
  null: { kind: 'characterDevice', major: 1, minor: 3, mode: 0o666 },
  disk: { kind: 'blockDevice', major: 259, minor: 0x12345 },
  largest: { kind: 'blockDevice', major: 0xfff, minor: 0xfffff },
};

const trees: readonly { readonly name: string; readonly paths: Record<string, TestEntry> }[] = [
  { name: 'an empty root', paths: {} },
  {
    name: 'a root with attributes of its own',
    paths: { '': { kind: 'directory', mode: 0o2751, uid: 7, gid: 8, xattrs: { 'user.a': ACL } } },
  },
  { name: 'every kind of entry', paths: everyKind },
  {
    name: 'setuid, setgid and sticky',
    paths: {
      setuid: file(pattern(1), { mode: 0o4755, uid: 0 }),
      setgid: file(pattern(1), { mode: 0o2755, gid: 42 }),
      all: file(pattern(1), { mode: 0o7777, uid: 1000 }),
      nothing: file(pattern(1), { mode: 0 }),
    },
  },
  {
    name: 'owners of 32 bits',
    paths: {
      a: file(pattern(5), { uid: 0xffff_fffe, gid: 0xffff_fffd }),
      b: file(pattern(5), { uid: 65_536 }),
    },
  },
  {
    name: 'times before the epoch, after 2106 and with nanoseconds',
    paths: {
      before: file(pattern(1), { mtime: { seconds: -86_401, nanoseconds: 999_999_999 } }),
      epoch: file(pattern(1), { mtime: { seconds: 0, nanoseconds: 1 } }),
      late: file(pattern(1), { mtime: { seconds: 5_000_000_000, nanoseconds: 123_456_789 } }),
    },
  },
  {
    name: 'hard links in several directories',
    paths: {
      'a/first': file(pattern(5000), { mode: 0o600 }),
      'b/second': { kind: 'hardLink', of: 'a/first' as never },
      'b/third': { kind: 'hardLink', of: 'a/first' as never },
      'c/link': symlink('x'),
      'd/link': { kind: 'hardLink', of: 'c/link' as never },
    },
  },
  {
    name: 'names of 255 bytes, and such that are not UTF-8',
    paths: {
      ['n'.repeat(255)]: file(pattern(3)),
      [byteStringFromBytes(Uint8Array.of(0xff, 0xfe, 0x80))]: file(pattern(4)),
      ['\xe9'.repeat(255)]: { kind: 'directory' },
      'new\nline \\ "quote"': symlink('a b'),
    },
  },
  {
    name: 'names on both sides of dot and dot dot',
    paths: Object.fromEntries(
      ['!', '+', '-', '.\x01', '.-', '.!x', '.a', '...', '..a', '..-', '/a'.slice(1), '0', '~'].map(
        (name) => [name, file(pattern(2))],
      ),
    ),
  },
  {
    name: 'symbolic links from 1 to 4095 bytes, and not UTF-8',
    paths: Object.fromEntries(
      [1, 59, 4031, 4032, 4033, 4095].map((length) => [
        `link${length}`,
        symlink('t'.repeat(length)),
      ]),
    ),
  },
  {
    name: 'files around the size of a block',
    paths: Object.fromEntries(
      [0, 1, 4031, 4032, 4033, 4095, 4096, 4097, 8127, 8128, 8129, 8192, 70_000].map((size) => [
        `file${size}`,
        file(pattern(size, size)),
      ]),
    ),
  },
  {
    name: 'a directory of many blocks',
    paths: Object.fromEntries(
      Array.from({ length: 2000 }, (_, i) => [
        `d/${'n'.repeat(i % 97)}-${i}`,
        { kind: 'fifo' as const },
      ]),
    ),
  },
  {
    name: 'a directory that nobody may enter, with something in it',
    paths: {
      'closed/inside': file(pattern(9)),
      closed: { kind: 'directory', mode: 0 },
    },
  },
  {
    name: 'extended attributes of every namespace',
    paths: {
      all: file(pattern(100), {
        xattrs: {
          'security.capability': CAPABILITY,
          'system.posix_acl_access': ACL,
          'trusted.overlay.opaque': Buffer.from('y'),
          'user.binary': Uint8Array.of(0, 255, 10, 0),
          'user.empty': new Uint8Array(0),
        },
      }),
      folder: {
        kind: 'directory',
        xattrs: { 'system.posix_acl_access': ACL, 'system.posix_acl_default': ACL },
      },
      long: file(pattern(4000), {
        xattrs: { [`user.${'n'.repeat(250)}`]: pattern(1000), 'user.z': pattern(65_535) },
      }),
      many: file(pattern(10), {
        xattrs: Object.fromEntries(
          Array.from({ length: 300 }, (_, i) => [
            `user.k${String(i).padStart(3, '0')}`,
            pattern(i, i),
          ]),
        ),
      }),
      link: symlink('x', { xattrs: { 'trusted.t': pattern(50) } }),
    },
  },
  {
    name: 'xattrs that leave no room for the tail of a file',
    paths: Object.fromEntries(
      [3900, 3940, 3944, 3948, 3952, 4010, 4020].map((length) => [
        `x${length}`,
        file(pattern(64, length), { xattrs: { 'user.x': pattern(length) } }),
      ]),
    ),
  },
];

describe.each(judges)('writeErofs() before $name', (judge) => {
  it.each(trees)('keeps $name', async ({ paths }) => {
    const tree = testTree(paths);

    const path = await imageOf(tree);

    expect(judge.read(path)).toEqual(judge.expect(await expectedSnapshot(tree)));
  });
});

describe('writeErofs()', () => {
  it('keeps a directory of 100,000 names', async () => {
    const names = Array.from({ length: 100_000 }, (_, i) => `name-${(i * 7919) % 100_000}`);
    const paths = names.map((name): [string, TestEntry] => [`large/${name}`, { kind: 'fifo' }]);

    const path = await imageOf(testTree(Object.fromEntries(paths)));

    const image = openErofs(path);
    const large = image.list(image.inode(image.rootNid)).find(({ name }) => name === 'large')!;
    const listed = image.list(image.inode(large.nid)).map(({ name }) => name);
    expect(listed.join('\n') === ['.', '..', ...names.toSorted()].join('\n')).toBe(true);
    image.close();
  });

  it('keeps a file of more than 4 GiB, and takes no disk space for its zeros', async () => {
    const { path } = await writeTree({
      'a-huge': file(hugeFile),
      'b-next': file(pattern(9000)),
    });

    fsck(path);
    const image = openErofs(path);
    const inode = inodeAt(image, 'a-huge');
    expect(inode.size).toBe(HUGE_BYTES);
    for (const at of [0, 4 * GIB, HUGE_BYTES - MARK.length]) {
      expect(image.read(inode, at, MARK.length)).toEqual(MARK);
    }
    expect(image.read(inodeAt(image, 'b-next'))).toEqual(Buffer.from(pattern(9000)));
    image.close();
    expect((await stat(path)).blocks * 512).toBeLessThan(16 * MIB);
  });

  it('gives the same bytes however the content is sliced', async () => {
    const bytes = pattern(300_000);
    const sliced = [1, 4095, 4096, 100_000].map((step) => ({
      sizeBytes: bytes.length,
      *pieces() {
        for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
      },
    }));

    const images = await Promise.all(
      sliced.map((content, i) => writeTree({ file: file(content) }, `image${i}`)),
    );

    const digests = images.map(({ path }) => bytesText(readFileSync(path)));
    expect(new Set(digests)).toHaveProperty('size', 1);
  });

  it('keeps times that other filesystems cannot hold', async () => {
    const far = [-1_000_000_000_000, -(2 ** 33), 2 ** 40].map((seconds, i) => [
      `f${i}`,
      file(MARK, { mtime: { seconds, nanoseconds: 1 } }),
    ]);

    const { path } = await writeTree(Object.fromEntries(far) as Record<string, TestEntry>);

    const times = Object.values(erofsSnapshot(path)).map(({ mtime }) => mtime);
    expect(times.slice(1)).toEqual(['-1000000000000+1ns', '-8589934592+1ns', '1099511627776+1ns']);
  });

  it('leaves out and counts xattrs that no Linux filesystem has', async () => {
    const xattrs = {
      'com.apple.provenance': MARK,
      'system.nfs4_acl': MARK,
      'user.kept': MARK,
      x: MARK,
    };

    const { path, omittedXattrs } = await writeTree({ f: file(MARK, { xattrs }) });

    expect(omittedXattrs).toBe(3);
    expect(erofsSnapshot(path)['f']?.xattrs).toEqual({ 'user.kept': MARK.toString('hex') });
  });

  it('tells how far it is', async () => {
    const events: RootfsProgress[] = [];
    const tree = testTree({ a: file(pattern(2_000_000)), b: symlink('a') });

    await writeErofs({
      ...tree,
      entries: tree.entries(),
      path: join(temporary(), 'image'),
      onProgress: (event) => events.push(event),
    });

    const [first, ...rest] = events;
    expect(first).toMatchObject({ kind: 'planned', inodes: 3 });
    expect(rest.length).toBeGreaterThan(2);
    for (const event of rest) expect(event.kind).toBe('written');
    const done = rest.map((event) => (event.kind === 'written' ? event.writtenBytes : 0));
    expect(done).toEqual(done.toSorted((x, y) => x - y));
    expect(done.at(-1)).toBeLessThanOrEqual(first!.totalBytes);
  });
});

const MIB = 2 ** 20;
const GIB = 2 ** 30;
const HUGE_BYTES = 4 * GIB + 5000;
const MARK = Buffer.from('not a zero in it');

const hugeFile = {
  sizeBytes: HUGE_BYTES,
  *pieces(): Iterable<Uint8Array> {
    const zeros = new Uint8Array(8 * MIB);
    yield MARK;
    yield zeros.subarray(MARK.length);
    for (let at = zeros.length; at < 4 * GIB; at += zeros.length) yield zeros;
    const end = Buffer.alloc(5000);
    end.set(MARK);
    end.set(MARK, end.length - MARK.length);
    yield end;
  },
};

async function writeTree(
  paths: Record<string, TestEntry>,
  name = 'image',
): Promise<{ path: string; omittedXattrs: number }> {
  const tree = testTree(paths);
  const path = join(temporary(), name);
  const { omittedXattrs } = await writeErofs({ ...tree, entries: tree.entries(), path });
  return { path, omittedXattrs };
}

function inodeAt(image: ErofsImage, name: string): ErofsInode {
  return image.inode(image.list(image.inode(image.rootNid)).find((at) => at.name === name)!.nid);
}

async function imageOf(tree: TestTree): Promise<string> {
  const path = join(temporary(), 'image.erofs');
  const { sizeBytes } = await writeErofs({ ...tree, entries: tree.entries(), path });
  expect((await stat(path)).size).toBe(sizeBytes);
  fsck(path);
  return path;
}
