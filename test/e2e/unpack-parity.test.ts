/**
 * An image comes out of a real registry as the tree that `umoci unpack` makes of the same image:
 * every path with type, mode, owner, time, extended attributes, size, hash, link target, device
 * number, and with the same names being one file.
 *
 * `umoci` unpacks as root, so this runs as root.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openImageCatalog } from '../../src/lib/image/catalog/image-catalog.js';
import { pullImage } from '../../src/lib/image/pull/pull-image.js';
import { createRegistryClient } from '../../src/lib/registry/client.js';
import { parseReference } from '../../src/lib/registry/reference.js';
import { PackedFsStore } from '../../src/lib/store/backends/packed-fs-store.js';
import { debianTar } from '../support/debian-tree.js';
import { startDockerRegistry, type DockerRegistry } from '../support/docker-registry.js';
import { listDirectory } from '../support/list-directory.js';
import { listTree, type ListedPath } from '../support/list-tree.js';
import { writeOciLayout, type OciImageInput } from '../support/oci-layout.js';
import { pushOciLayout } from '../support/push-oci-layout.js';
import { gnuLong, writeTar, type TarItem } from '../support/tar-writer.js';
import { useTemporaryDirectory } from '../support/temporary-directory.js';

const run = promisify(execFile);

/** Making the system takes half a minute, on a busy machine minutes; then it is kept. */
const DEBIAN_TIMEOUT_MS = 600_000;

/** `struct vfs_cap_data`, revision 2: CAP_NET_RAW permitted and effective. */
const CAPABILITY = Buffer.from('0100000200200000000000000000000000000000', 'hex');

const DEEP = `deep/${'d'.repeat(100)}/${'e'.repeat(100)}`;

const base: readonly TarItem[] = [
  { name: './', type: '5', mode: 0o755, mtime: 1_000_000_001 },
  { name: './bin/', type: '5', mode: 0o755, mtime: 1_000_000_002 },
  { name: './bin/su', content: 'su', mode: 0o4755, mtime: 1_000_000_003 },
  { name: './bin/wall', content: 'wall', mode: 0o2755, gid: 5, mtime: 4 },
  {
    name: './bin/ping',
    mode: 0o755,
    mtime: 5,
    pax: { 'SCHILY.xattr.security.capability': CAPABILITY },
  },
  { name: './tmp/', type: '5', mode: 0o1777, mtime: 6 },
  { name: './root/', type: '5', mode: 0o700, mtime: 7 },
  { name: './root/secret', content: 'secret', mode: 0, mtime: 8 },
  { name: './dev/', type: '5', mode: 0o755, mtime: 9 },
  { name: './dev/null', type: '3', device: [1, 3], mode: 0o666, mtime: 10 },
  { name: './dev/disk', type: '4', device: [259, 70_000], mode: 0o660, gid: 6, mtime: 11 },
  { name: './dev/pipe', type: '6', mode: 0o600, mtime: 12 },
  { name: './data/', type: '5', mode: 0o755, mtime: 13 },
  { name: './data/empty', mtime: 14 },
  { name: './data/large', content: Buffer.alloc(3_000_001, 'large file '), mtime: 15 },
  { name: './data/times', content: 'x', pax: { mtime: '1600000000.123456789' } },
  { name: './data/old', content: 'x', mtime: -86_400, format: 'gnu' },
  { name: './data/owner', content: 'x', pax: { uid: '3000000', gid: '4000000' }, mtime: 16 },
  {
    name: './data/xattr',
    content: 'x',
    mtime: 17,
    pax: { 'SCHILY.xattr.user.raw': Uint8Array.of(0, 10, 255) },
  },
  { name: './data/hard-a', content: 'linked', mtime: 18 },
  { name: './data/hard-b', type: '1', linkName: './data/hard-a', mtime: 18 },
  { name: './data/kept-link', type: '1', linkName: './data/hard-a', mtime: 18 },
  { name: './data/symlink', type: '2', linkName: '../../outside', mode: 0o777, mtime: 19 },
  { name: './data/twice', content: 'first', mtime: 20 },
  { name: './data/twice', content: 'second', mode: 0o600, mtime: 21 },
  { name: Buffer.from('./data/\xff\xfe', 'latin1'), content: 'bytes', mtime: 22 },
  { name: './deep/', type: '5', mode: 0o755, mtime: 23 },
  {
    name: `./deep/${'d'.repeat(100)}`,
    type: '5',
    mode: 0o755,
    mtime: 24,
    pax: { path: `./deep/${'d'.repeat(100)}/` },
  },
  gnuLong('L', `./${DEEP}/`),
  { name: 'cut', type: '5', mode: 0o755, mtime: 25, format: 'gnu' },
  { name: 'x', content: 'deep', mtime: 26, pax: { path: `./${DEEP}/${'f'.repeat(255)}` } },
  { name: './gone/', type: '5', mode: 0o755, mtime: 27 },
  { name: './gone/file', content: 'gone', mtime: 28 },
  { name: './opaque/', type: '5', mode: 0o755, mtime: 29 },
  { name: './opaque/hidden', content: 'hidden', mtime: 30 },
  { name: './opaque/sub/', type: '5', mode: 0o755, mtime: 31 },
  { name: './opaque/sub/hidden', content: 'hidden', mtime: 32 },
  { name: './turns/', type: '5', mode: 0o755, mtime: 33 },
  { name: './turns/into-file/', type: '5', mode: 0o755, mtime: 34 },
  { name: './turns/into-file/x', content: 'x', mtime: 35 },
  { name: './turns/into-directory', content: 'x', mtime: 36 },
];

const middle: readonly TarItem[] = [
  { name: './', type: '5', mode: 0o711, mtime: 1_100_000_000 },
  { name: '.wh.gone' },
  { name: 'opaque/', type: '5', mode: 0o750, mtime: 40 },
  { name: 'opaque/early', content: 'kept', mtime: 41 },
  { name: 'opaque/.wh..wh..opq' },
  { name: 'opaque/late', content: 'kept', mtime: 42 },
  { name: 'turns/', type: '5', mode: 0o755, mtime: 43 },
  { name: 'turns/into-file', content: 'file', mtime: 44 },
  { name: 'turns/into-directory/', type: '5', mode: 0o755, mtime: 45 },
  { name: 'turns/into-directory/y', content: 'y', mtime: 46 },
  { name: 'data/', type: '5', mode: 0o755, mtime: 47 },
  { name: 'data/.wh.hard-b' },
  { name: 'data/hard-a', content: 'replaced', mtime: 48 },
  { name: 'data/base-link', type: '1', linkName: 'data/large', mtime: 15 },
];

const top: readonly TarItem[] = [
  { name: 'gone/', type: '5', mode: 0o700, mtime: 50 },
  { name: 'gone/new', content: 'new', mtime: 51 },
  { name: 'data/', type: '5', mode: 0o755, mtime: 52 },
  { name: 'data/again', type: '1', linkName: 'data/base-link', mtime: 15 },
];

describe('an image pulled by mono and unpacked by umoci', () => {
  const directory = useTemporaryDirectory();
  let server: DockerRegistry;

  beforeAll(async () => {
    if (process.getuid?.() !== 0) throw new Error('umoci unpacks all of an image only as root');
    server = await startDockerRegistry();
  });

  afterAll(async () => {
    await server.stop();
  });

  it('is the same tree: three layers with everything that a layer can have', async () => {
    const { pulled, unpacked } = await bothTrees({
      layers: [writeTar(base), writeTar(middle), writeTar(top)],
    });

    expect(pulled).toEqual(unpacked);
    expect(pulled.size).toBe(39);
  });

  it('is the same tree: a Debian system', { timeout: DEBIAN_TIMEOUT_MS }, async () => {
    const tar = await debianTar();
    const { pulled, unpacked } = await bothTrees({
      layers: [{ tar, blob: gzipSync(tar, { level: 1 }) }],
    });

    expect(differences(pulled, unpacked)).toEqual([]);
    expect(pulled.size).toBeGreaterThan(5000);
  });

  async function bothTrees(
    image: OciImageInput,
  ): Promise<Record<'pulled' | 'unpacked', Map<string, ListedPath>>> {
    const layout = await writeOciLayout(join(directory(), 'layout'), image, { tag: 'test' });
    const bundle = join(directory(), 'bundle');
    await run('umoci', ['unpack', '--image', `${layout.directory}:test`, bundle]);
    await pushOciLayout(server, layout.directory, 'library/parity:1');
    return { pulled: await pull(), unpacked: listDirectory(join(bundle, 'rootfs')) };
  }

  async function pull(): Promise<Map<string, ListedPath>> {
    const store = await PackedFsStore.open({ path: join(directory(), 'store') });
    const catalog = openImageCatalog(join(directory(), 'images.db'), store);
    const registry = createRegistryClient({ userAgent: 'mono-test' });
    try {
      const { root } = await pullImage(
        { store, catalog, registry },
        {
          reference: parseReference(`${server.host}/library/parity:1`),
          platform: { os: 'linux', architecture: 'amd64' },
        },
      );
      return await listTree(store, root);
    } finally {
      registry.close();
      catalog.close();
      await store.close();
    }
  }
});

/** Returns the paths in which two trees differ, with what each has. */
function differences(
  left: ReadonlyMap<string, ListedPath>,
  right: ReadonlyMap<string, ListedPath>,
): unknown[] {
  const paths = new Set([...left.keys(), ...right.keys()]);
  return [...paths]
    .map((path) => ({ path, left: left.get(path), right: right.get(path) }))
    .filter((pair) => JSON.stringify(pair.left) !== JSON.stringify(pair.right));
}
