import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { digestOf, type Digest } from '../../../src/lib/base/digest.js';
import { MonoError } from '../../../src/lib/errors.js';
import { flatten } from '../../../src/lib/fs/change-set/flatten.js';
import { applyLayer, type AppliedLayer } from '../../../src/lib/image/layer/apply-layer.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import { listTree } from '../../support/list-tree.js';
import { pseudoRandomBytes } from '../../support/random-bytes.js';
import { writeTar, type TarItem } from '../../support/tar-writer.js';
import { zstdStored } from '../../support/zstd-stored.js';

const OCI = 'application/vnd.oci.image.layer.v1.tar';
const DOCKER = 'application/vnd.docker.image.rootfs.diff.tar';
const DIGEST = digestOf(Buffer.from('the blob'));

const FILES: readonly TarItem[] = [
  { name: 'etc/', type: '5', mode: 0o755 },
  { name: 'etc/hosts', content: 'localhost', mode: 0o600, mtime: 5 },
];

describe('applyLayer()', () => {
  it.each([
    { mediaType: OCI, wrap: plain },
    { mediaType: `${OCI}+gzip`, wrap: gzipSync },
    { mediaType: `${OCI}+zstd`, wrap: zstdStored },
    { mediaType: DOCKER, wrap: plain },
    { mediaType: `${DOCKER}.gzip`, wrap: gzipSync },
    { mediaType: `${DOCKER}.zstd`, wrap: zstdStored },
  ])('makes the same change set of $mediaType', async ({ mediaType, wrap }) => {
    const tar = writeTar(FILES);
    const store = new MemoryStore();

    const layer = await apply(store, wrap(tar), { mediaType, diffId: digestOf(tar) });

    expect(layer).toMatchObject({
      diffId: digestOf(tar),
      sizeBytes: tar.length,
      entryCount: 2,
    });
    expect(layer.changeSet.toString()).toMatchInlineSnapshot(
      `"bafyreifngv2tq7abp5nnhwig7ffwfkqvjntpgteixjv7u3yjns2zkupgcm"`,
    );
  });

  it('makes the same change set of many megabytes, compressed or not', async () => {
    const sizes = [700_000, 5, 3_000_000, 90_000, 4_095, 260_000, 1_048_576, 33_000, 2_000_000];
    const tar = writeTar(
      sizes.map((size, index) => ({ name: `f${index}`, content: pseudoRandomBytes(size, index) })),
    );
    const store = new MemoryStore();

    const changeSets = [
      (await apply(store, tar, { mediaType: OCI, diffId: digestOf(tar) })).changeSet,
      (await apply(store, gzipSync(tar), { mediaType: `${OCI}+gzip`, diffId: digestOf(tar) }))
        .changeSet,
    ].map(String);

    expect(changeSets[1]).toBe(changeSets[0]);
  });

  it('keeps every attribute of every kind of entry', async () => {
    const shown = await treeOf([
      { name: './', type: '5', mode: 0o750, uid: 1, gid: 2, mtime: 3 },
      { name: 'file', content: 'x', mode: 0o4711, uid: 5, gid: 6, pax: { mtime: '7.000000008' } },
      { name: 'xattr', pax: { 'SCHILY.xattr.security.capability': Uint8Array.of(1, 0, 255) } },
      { name: 'link', type: '1', linkName: './file' },
      { name: 'symlink', type: '2', linkName: '/nowhere', mode: 0o644 },
      { name: 'null', type: '3', device: [1, 3], mode: 0o666 },
      { name: 'disk', type: '4', device: [259, 70_000] },
      { name: 'pipe', type: '6' },
      { name: Uint8Array.of(0xff), type: '5', mode: 0o1777 },
    ]);

    expect(shown).toMatchInlineSnapshot(`
      Map {
        "" => {
          "content": "",
          "kind": "directory",
          "linkedTo": "",
          "mode": "750",
          "mtime": "3.000000000",
          "owner": "1:2",
          "xattrs": [],
        },
        "disk" => {
          "content": "259:70000",
          "kind": "blockDevice",
          "linkedTo": "disk",
          "mode": "644",
          "mtime": "0.000000000",
          "owner": "0:0",
          "xattrs": [],
        },
        "file" => {
          "content": "1 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",
          "kind": "file",
          "linkedTo": "file",
          "mode": "4711",
          "mtime": "7.000000008",
          "owner": "5:6",
          "xattrs": [],
        },
        "link" => {
          "content": "1 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",
          "kind": "file",
          "linkedTo": "file",
          "mode": "4711",
          "mtime": "7.000000008",
          "owner": "5:6",
          "xattrs": [],
        },
        "null" => {
          "content": "1:3",
          "kind": "characterDevice",
          "linkedTo": "null",
          "mode": "666",
          "mtime": "0.000000000",
          "owner": "0:0",
          "xattrs": [],
        },
        "pipe" => {
          "content": "",
          "kind": "fifo",
          "linkedTo": "pipe",
          "mode": "644",
          "mtime": "0.000000000",
          "owner": "0:0",
          "xattrs": [],
        },
        "symlink" => {
          "content": "/nowhere",
          "kind": "symlink",
          "linkedTo": "symlink",
          "mode": "777",
          "mtime": "0.000000000",
          "owner": "0:0",
          "xattrs": [],
        },
        "xattr" => {
          "content": "0 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
          "kind": "file",
          "linkedTo": "xattr",
          "mode": "644",
          "mtime": "0.000000000",
          "owner": "0:0",
          "xattrs": [
            "security.capability=0100ff",
          ],
        },
        "ÿ" => {
          "content": "",
          "kind": "directory",
          "linkedTo": "ÿ",
          "mode": "1777",
          "mtime": "0.000000000",
          "owner": "0:0",
          "xattrs": [],
        },
      }
    `);
  });

  const hostile: { name: string; items: readonly TarItem[]; code: string; message: RegExp }[] = [
    {
      name: 'a name with `..`',
      items: [{ name: 'a/../../etc/passwd' }],
      code: 'LAYER_UNSAFE_PATH',
      message: /Cannot unpack layer `sha256:.*`: the entry name `a\/..\/..\/etc\/passwd` has/,
    },
    {
      name: 'an absolute name',
      items: [{ name: '/etc/passwd' }],
      code: 'LAYER_UNSAFE_PATH',
      message: /absolute/,
    },
    {
      name: 'an over-long name',
      items: [{ name: 'x', pax: { path: 'n/'.repeat(2049) } }],
      code: 'LAYER_UNSAFE_PATH',
      message: /4095 bytes/,
    },
    {
      name: 'a whiteout with `..`',
      items: [{ name: '../.wh.a' }],
      code: 'LAYER_UNSAFE_PATH',
      message: /`..`/,
    },
    {
      name: 'a hard link with `..`',
      items: [{ name: 'a', type: '1', linkName: '../a' }],
      code: 'LAYER_UNSAFE_PATH',
      message: /`..`/,
    },
    {
      name: 'a hard link to the root',
      items: [{ name: 'a', type: '1', linkName: './' }],
      code: 'LAYER_INVALID',
      message: /leads to the root/,
    },
    {
      name: 'a hard link to a directory',
      items: [...FILES, { name: 'a', type: '1', linkName: 'etc' }],
      code: 'LAYER_INVALID',
      message: /is a directory/,
    },
    {
      name: 'a root that is a file',
      items: [{ name: './', content: 'x' }],
      code: 'LAYER_INVALID',
      message: /root is not a directory/,
    },
    {
      name: 'a whiteout of the root',
      items: [{ name: '.wh.' }],
      code: 'LAYER_INVALID',
      message: /names nothing/,
    },
    {
      name: 'a symlink without a target',
      items: [{ name: 'a', type: '2' }],
      code: 'LAYER_INVALID',
      message: /target is empty/,
    },
  ];

  it.each(hostile)('refuses $name', async ({ items, code, message }) => {
    const applying = apply(new MemoryStore(), writeTar(items));

    await expect(applying).rejects.toMatchObject({ name: 'MonoError', code });
    await expect(applying).rejects.toThrow(message);
  });

  it.each([
    'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
    'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
    'application/vnd.oci.image.layer.v1.tar+bzip2',
    'text/plain',
  ])('refuses the media type %s', async (mediaType) => {
    const applying = apply(new MemoryStore(), writeTar(FILES), { mediaType });

    await expect(applying).rejects.toMatchObject({ code: 'LAYER_MEDIA_TYPE_UNSUPPORTED' });
  });

  it('refuses content with another diffID', async () => {
    const applying = apply(new MemoryStore(), writeTar(FILES), { diffId: DIGEST });

    await expect(applying).rejects.toMatchObject({
      code: 'LAYER_DIFF_ID_MISMATCH',
      details: { digest: DIGEST, expected: DIGEST, actual: digestOf(writeTar(FILES)) },
    });
  });

  it('hashes what follows the end of the archive', async () => {
    const bytes = Buffer.concat([writeTar(FILES), Buffer.from('trailing')]);

    const { diffId } = await apply(new MemoryStore(), bytes, { diffId: digestOf(bytes) });

    expect(diffId).toBe(digestOf(bytes));
  });

  it('names a wrong blob before what is wrong in it', async () => {
    const failure = new MonoError('BLOB_DIGEST_MISMATCH', 'another digest');
    async function* blob(): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(100_000, 'garbage!');
      yield Buffer.alloc(100_000, 'garbage!');
      await Promise.resolve();
      throw failure;
    }

    await expect(apply(new MemoryStore(), blob())).rejects.toBe(failure);
  });

  it('stops when it is cancelled, and closes the blob', async () => {
    const controller = new AbortController();
    let isClosed = false;
    async function* blob(): AsyncGenerator<Uint8Array> {
      try {
        yield writeTar(FILES, { endBlocks: 0 });
        controller.abort();
        await Promise.resolve();
        yield writeTar(FILES);
      } finally {
        isClosed = true;
      }
    }

    const applying = applyLayer(
      new MemoryStore(),
      { digest: DIGEST, mediaType: OCI, diffId: undefined, blob: blob() },
      { signal: controller.signal },
    );

    await expect(applying).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(isClosed).toBe(true);
  });

  it('stores no change set when the blob fails at its end', async () => {
    const store = new MemoryStore();
    async function* blob(): AsyncGenerator<Uint8Array> {
      yield writeTar([{ name: 'd/', type: '5' }]);
      await Promise.resolve();
      throw new MonoError('BLOB_DIGEST_MISMATCH', 'another digest');
    }

    await expect(apply(store, blob())).rejects.toMatchObject({ code: 'BLOB_DIGEST_MISMATCH' });

    expect(await store.getBlockCount()).toBe(0);
  });

  it('lets the later of two entries of one name win', async () => {
    const shown = await treeOf([
      { name: 'a', content: 'first' },
      { name: 'b', type: '1', linkName: 'a' },
      { name: 'a', content: 'second' },
      { name: 'd', content: 'file' },
      { name: 'd/', type: '5' },
      { name: 'd/e', content: 'below' },
    ]);

    expect([...shown.keys()]).toEqual(['', 'a', 'b', 'd', 'd/e']);
    expect(shown.get('a')?.content).toBe(`6 ${sha('second')}`);
    expect(shown.get('b')?.content).toBe(`5 ${sha('first')}`);
  });
});

async function apply(
  store: MemoryStore,
  blob: Uint8Array | AsyncIterable<Uint8Array>,
  layer: { mediaType?: string; diffId?: Digest } = {},
): Promise<AppliedLayer> {
  return applyLayer(store, {
    digest: DIGEST,
    mediaType: layer.mediaType ?? OCI,
    diffId: layer.diffId,
    blob: blob instanceof Uint8Array ? [blob] : blob,
  });
}

async function treeOf(items: readonly TarItem[]): ReturnType<typeof listTree> {
  const store = new MemoryStore();
  const { changeSet } = await apply(store, writeTar(items));
  return listTree(store, await flatten(store, [changeSet]));
}

function plain(bytes: Uint8Array): Uint8Array {
  return bytes;
}

function sha(text: string): string {
  return digestOf(Buffer.from(text)).slice('sha256:'.length);
}
