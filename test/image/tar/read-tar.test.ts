import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { byteStringFromText, type ByteString } from '../../../src/lib/base/bytes.js';
import { readTar, SMALL_CONTENT_BYTES } from '../../../src/lib/image/tar/read-tar.js';
import type { TarEntry } from '../../../src/lib/image/tar/tar-entry.js';
import { listTar as list } from '../../support/list-tar.js';
import { gnuLong, writeTar, type TarItem } from '../../support/tar-writer.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const LONG = 'd/'.repeat(200) + 'file';

describe('readTar()', () => {
  const goodArchives: {
    name: string;
    items: readonly TarItem[];
    expected: Partial<TarEntry>;
  }[] = [
    {
      name: 'a ustar file',
      items: [{ name: 'a', mode: 0o4755, uid: 7, gid: 8, mtime: 9 }],
      expected: {
        kind: 'file',
        name: bs('a'),
        mode: 0o4755,
        uid: 7,
        gid: 8,
        mtime: { seconds: 9, nanoseconds: 0 },
      },
    },
    {
      name: 'a ustar prefix',
      items: [{ name: 'b', prefix: 'a' }],
      expected: { name: bs('a/b') },
    },
    {
      name: 'a star prefix, cut before the times',
      items: [{ name: 'b', prefix: 'a', format: 'star' }],
      expected: { name: bs('a/b') },
    },
    {
      name: 'no prefix in a GNU header, which has other data there',
      items: [{ name: 'b', prefix: '00000000000', format: 'gnu' }],
      expected: { name: bs('b') },
    },
    {
      name: 'a v7 header',
      items: [{ name: 'v7', format: 'v7', mode: 0o600 }],
      expected: { kind: 'file', name: bs('v7'), mode: 0o600 },
    },
    {
      name: 'a v7 directory, an empty file with a slash at the end',
      items: [{ name: 'dir/', format: 'v7', type: '\0' }],
      expected: { kind: 'directory' },
    },
    {
      name: 'a contiguous file',
      items: [{ name: 'c', type: '7', content: 'x' }],
      expected: { kind: 'file', sizeBytes: 1 },
    },
    {
      name: 'a symlink',
      items: [{ name: 'l', type: '2', linkName: '../x' }],
      expected: { kind: 'symlink', linkName: bs('../x') },
    },
    {
      name: 'a hard link whose header states the size of its target',
      items: [{ name: 'h', type: '1', linkName: 'a', sizeBytes: 99 }],
      expected: { kind: 'hardLink', linkName: bs('a'), sizeBytes: 0 },
    },
    {
      name: 'a character device',
      items: [{ name: 'c', type: '3', device: [0xfff, 0xfffff] }],
      expected: { kind: 'characterDevice', deviceMajor: 0xfff, deviceMinor: 0xfffff },
    },
    {
      name: 'a block device',
      items: [{ name: 'b', type: '4', device: [8, 1] }],
      expected: { kind: 'blockDevice', deviceMajor: 8, deviceMinor: 1 },
    },
    { name: 'a FIFO', items: [{ name: 'f', type: '6' }], expected: { kind: 'fifo' } },
    {
      name: 'names that are not UTF-8',
      items: [{ name: Uint8Array.of(0xff, 0x80, 0x61) }],
      expected: { name: '\xff\x80a' as ByteString },
    },
    {
      name: 'a GNU long name and link target',
      items: [
        gnuLong('K', LONG),
        gnuLong('L', `${LONG}2`),
        { name: 'short', type: '2', format: 'gnu' },
      ],
      expected: { name: bs(`${LONG}2`), linkName: bs(LONG) },
    },
    {
      name: 'a pax path and link path',
      items: [{ name: 'x', type: '2', pax: { path: LONG, linkpath: 'ü' } }],
      expected: { name: bs(LONG), linkName: bs('ü') },
    },
    {
      name: 'a pax path that is not UTF-8',
      items: [{ name: 'x', pax: { path: Uint8Array.of(0x61, 0xfe) } }],
      expected: { name: 'a\xfe' as ByteString },
    },
    {
      name: 'the header field where the pax value is empty',
      items: [{ name: 'x', uid: 3, pax: { path: '', uid: '' } }],
      expected: { name: bs('x'), uid: 3 },
    },
    {
      name: 'pax times to the nanosecond',
      items: [{ name: 'x', pax: { mtime: '1700000000.1234567899' } }],
      expected: { mtime: { seconds: 1_700_000_000, nanoseconds: 123_456_789 } },
    },
    {
      name: 'pax times before the epoch',
      items: [{ name: 'x', pax: { mtime: '-1.25' } }],
      expected: { mtime: { seconds: -2, nanoseconds: 750_000_000 } },
    },
    {
      name: 'a binary time before the epoch',
      items: [{ name: 'x', mtime: -5, format: 'gnu' }],
      expected: { mtime: { seconds: -5, nanoseconds: 0 } },
    },
    {
      name: 'large owners in pax',
      items: [{ name: 'x', pax: { uid: '4294967295', gid: '4000000000' } }],
      expected: { uid: 4_294_967_295, gid: 4_000_000_000 },
    },
    {
      name: 'large owners in base 256',
      items: [{ name: 'x', uid: 4_000_000_000, format: 'gnu' }],
      expected: { uid: 4_000_000_000 },
    },
    {
      name: 'xattrs with any bytes',
      items: [
        {
          name: 'x',
          pax: {
            'SCHILY.xattr.user.raw': Uint8Array.of(0, 10, 61, 255),
            'SCHILY.xattr.user.no': '',
          },
        },
      ],
      expected: {
        xattrs: new Map([
          [bs('user.raw'), Uint8Array.of(0, 10, 61, 255)],
          [bs('user.no'), new Uint8Array(0)],
        ]),
      },
    },
    {
      name: 'xattrs as libarchive writes them, the exact form first',
      items: [
        {
          name: 'x',
          pax: {
            'LIBARCHIVE.xattr.user.a%3Db': 'AAE',
            'LIBARCHIVE.xattr.user.c': 'AAAA',
            'SCHILY.xattr.user.c': 'exact',
          },
        },
      ],
      expected: {
        xattrs: new Map([
          [bs('user.a=b'), Uint8Array.of(0, 1)],
          [bs('user.c'), new Uint8Array(Buffer.from('exact'))],
        ]),
      },
    },
    {
      name: 'no global records, as every OCI runtime',
      items: [
        { name: 'g', type: 'g', content: '17 path=elsewhere\n'.replace('17', '18') },
        { name: 'x' },
      ],
      expected: { name: bs('x') },
    },
    {
      name: 'a checksum of signed bytes',
      items: [{ name: Uint8Array.of(0xe4), checksum: signedSum() }],
      expected: { name: '\xe4' as ByteString },
    },
  ];

  it.each(goodArchives)('reads $name', async ({ items, expected }) => {
    const entries = await list(writeTar(items));

    expect(entries).toHaveLength(1);
    expect(entries[0]?.entry).toMatchObject(expected);
  });

  const badArchives: { name: string; bytes: Uint8Array; message: RegExp }[] = [
    {
      name: 'a wrong checksum',
      bytes: writeTar([{ name: 'x', checksum: 1 }]),
      message: /checksum/,
    },
    {
      name: 'garbage',
      bytes: Buffer.alloc(1024, 'garbage!'),
      message: /`checksum` is not a number/,
    },
    {
      name: 'the end in a header',
      bytes: writeTar([{ name: 'x' }]).subarray(0, 300),
      message: /ends in the middle/,
    },
    {
      name: 'the end in a small file',
      bytes: writeTar([{ name: 'x', content: 'y'.repeat(600) }]).subarray(0, 700),
      message: /ends in the middle/,
    },
    {
      name: 'the end in the padding',
      bytes: writeTar([{ name: 'x', content: 'y' }]).subarray(0, 600),
      message: /ends in the middle/,
    },
    {
      name: 'the end in a large file',
      bytes: writeTar([{ name: 'x', content: 'y'.repeat(200_000) }]).subarray(0, 150_000),
      message: /ends in the middle/,
    },
    {
      name: 'the end after an extended header',
      bytes: writeTar([{ name: 'x', type: 'x', content: '8 a=bcd\n' }]),
      message: /ends after an extended header/,
    },
    {
      name: 'a zero block between entries',
      bytes: Buffer.concat([new Uint8Array(512), writeTar([{ name: 'x' }])]),
      message: /zero block/,
    },
    {
      name: 'an unknown type',
      bytes: writeTar([{ name: 'x', type: 'V' }]),
      message: /`x` has the unknown type `V`/,
    },
    {
      name: 'an old GNU sparse file',
      bytes: writeTar([{ name: 'x', type: 'S', format: 'gnu' }]),
      message: /sparse/,
    },
    {
      name: 'a pax sparse file',
      bytes: writeTar([{ name: 'x', pax: { 'GNU.sparse.major': '1' } }]),
      message: /sparse/,
    },
    {
      name: 'a number with other characters',
      bytes: writeTar([{ name: 'x', patch: (block) => block.write('12x', 108) }]),
      message: /`uid` is not a number/,
    },
    {
      name: 'a number beyond 2^53',
      bytes: writeTar([{ name: 'x', patch: (block) => block.fill(0x81, 124, 136) }]),
      message: /`size` is out of range/,
    },
    {
      name: 'a negative size',
      bytes: writeTar([{ name: 'x', sizeBytes: -1, format: 'gnu' }]),
      message: /size is -1/,
    },
    {
      name: 'a negative size of an extended header',
      bytes: writeTar([{ name: 'x', type: 'x', sizeBytes: -1 }]),
      message: /-1 bytes/,
    },
    {
      name: 'an extended header beyond the limit',
      bytes: writeTar([{ name: 'x', type: 'x', sizeBytes: 1 << 30 }]),
      message: /allowed are 1048576/,
    },
    {
      name: 'a long name beyond the limit',
      bytes: writeTar([{ name: 'x', type: 'L', sizeBytes: 1 << 30 }]),
      message: /allowed are 1048576/,
    },
    {
      name: 'an owner out of range',
      bytes: writeTar([{ name: 'x', pax: { uid: '4294967296' } }]),
      message: /uid is 4294967296/,
    },
    {
      name: 'a device number out of range',
      bytes: writeTar([{ name: 'x', type: '3', device: [4096, 0] }]),
      message: /device major is 4096/,
    },
    {
      name: 'a pax number that is none',
      bytes: writeTar([{ name: 'x', pax: { size: '0x10' } }]),
      message: /`size` is not valid/,
    },
    {
      name: 'a pax time that is none',
      bytes: writeTar([{ name: 'x', pax: { mtime: '1e9' } }]),
      message: /`mtime` is not valid/,
    },
    {
      name: 'an xattr that is not base64',
      bytes: writeTar([{ name: 'x', pax: { 'LIBARCHIVE.xattr.user.a': '!' } }]),
      message: /base64/,
    },
    {
      name: 'an xattr without a name',
      bytes: writeTar([{ name: 'x', pax: { 'SCHILY.xattr.': 'v' } }]),
      message: /name of an extended attribute/,
    },
    {
      name: 'an xattr beyond 64 KiB',
      bytes: writeTar([{ name: 'x', pax: { 'SCHILY.xattr.user.a': 'v'.repeat(65_537) } }]),
      message: /65537 bytes/,
    },
    {
      name: 'too many xattrs',
      bytes: writeTar([
        {
          name: 'x',
          pax: Object.fromEntries(
            Array.from({ length: 400 }, (_, n) => [`SCHILY.xattr.user.${n}${'a'.repeat(200)}`, '']),
          ),
        },
      ]),
      message: /too many/,
    },
  ];

  it.each(badArchives)('refuses $name', async ({ bytes, message }) => {
    const reading = list(bytes);

    await expect(reading).rejects.toMatchObject({ code: 'LAYER_INVALID' });
    await expect(reading).rejects.toThrow(message);
  });

  it.each([0, 1, 2, 20])('accepts %i zero blocks at the end', async (endBlocks) => {
    const entries = await list(writeTar([{ name: 'x' }], { endBlocks }));

    expect(entries).toHaveLength(1);
  });

  it('accepts an empty archive', async () => {
    expect(await list(new Uint8Array(0))).toEqual([]);
  });

  it('passes over what follows the end, and reads it all', async () => {
    let isDrained = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      yield writeTar([{ name: 'x' }]);
      yield Buffer.from('garbage');
      await Promise.resolve();
      isDrained = true;
    }
    const entries: TarEntry[] = [];

    for await (const entry of readTar(source())) entries.push(entry);

    expect(entries).toHaveLength(1);
    expect(isDrained).toBe(true);
  });

  it('passes over the content that nobody reads', async () => {
    const bytes = writeTar([
      { name: 'large', content: 'x'.repeat(SMALL_CONTENT_BYTES * 3 + 1) },
      { name: 'next' },
    ]);
    const names: string[] = [];

    for await (const entry of readTar([bytes])) names.push(entry.name);

    expect(names).toEqual(['large', 'next']);
  });

  it('closes its source when the caller leaves', async () => {
    let isClosed = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        yield writeTar([{ name: 'x' }, { name: 'y' }]);
        await Promise.resolve();
        yield new Uint8Array(512);
      } finally {
        isClosed = true;
      }
    }

    for await (const entry of readTar(source())) if (entry.name === 'x') break;

    expect(isClosed).toBe(true);
  });
});

describe('readTar() of archives by GNU tar', () => {
  const directory = useTemporaryDirectory();

  it.each(['v7', 'oldgnu', 'gnu', 'ustar', 'posix'])('reads the format %s', async (format) => {
    const tree = join(directory(), 'tree');
    mkdirSync(tree);
    writeFileSync(join(tree, 'file'), 'content');
    writeFileSync(join(tree, `long-${'x'.repeat(format === 'v7' ? 60 : 90)}`), 'y'.repeat(70_000));

    const archive = execFileSync('tar', ['-c', `--format=${format}`, '-C', tree, '.'], {
      maxBuffer: 1 << 20,
    });
    const entries = await list(archive);

    const files = new Map(entries.map(({ entry, content }) => [entry.name, content.length]));
    expect([...files.values()].sort((a, b) => a - b)).toEqual([0, 7, 70_000]);
    expect(files.get(bs('./file'))).toBe(7);
    expect(entries.every(({ entry }) => entry.mtime.seconds > 1_600_000_000)).toBe(true);
  });
});

function signedSum(): number {
  const archive = writeTar([{ name: Uint8Array.of(0xe4) }]);
  return Number.parseInt(Buffer.from(archive).toString('latin1', 148, 154), 8) - 256;
}

function bs(text: string): ByteString {
  return byteStringFromText(text);
}
