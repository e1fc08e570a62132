import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Digest } from '../../../src/lib/base/digest.js';
import type { ErrorCode } from '../../../src/lib/error-codes.js';
import { MAX_ARCHIVE_MEMBERS } from '../../../src/lib/image/archive/tar-members.js';
import { parseImageSource, referenceOfSource } from '../../../src/lib/image/source/image-source.js';
import { withImageSources } from '../../../src/lib/image/source/with-image-sources.js';
import { createRegistryClient, type RegistryClient } from '../../../src/lib/registry/client.js';
import { parseReference, type Reference } from '../../../src/lib/registry/reference.js';
import { exportCar } from '../../../src/lib/store/car/car.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import { openImageCatalog } from '../../../src/lib/image/catalog/image-catalog.js';
import { pullImage } from '../../../src/lib/image/pull/pull-image.js';
import { writeOciLayout, type WrittenLayout } from '../../support/oci-layout.js';
import { writeTar, type TarItem } from '../../support/tar-writer.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const platform = { os: 'linux', architecture: 'amd64' };
const base = writeTar([
  { name: 'etc/', type: '5', mode: 0o755 },
  { name: 'etc/hosts', content: 'localhost' },
  { name: 'etc/big', content: 'x'.repeat(300_000) },
]);
const top = writeTar([{ name: 'etc/.wh.hosts' }, { name: 'etc/group', content: 'wheel' }]);

const directory = useTemporaryDirectory();
let layout: WrittenLayout;

beforeEach(async () => {
  layout = await writeOciLayout(
    join(directory(), 'layout'),
    { layers: [base, { tar: top, compression: 'none' }], config: { Cmd: ['sh'] } },
    { tag: '1.0.0' },
  );
});

describe('withImageSources()', () => {
  it('reads a layout, an archive of it and the archives of skopeo as the same tree', async () => {
    skopeo('oci:layout:1.0.0', 'oci-archive:made.oci.tar:1.0.0');
    skopeo('oci:layout:1.0.0', 'docker-archive:made.docker.tar:test/app:1.0.0');
    execFileSync('gzip', ['-k', 'made.docker.tar', 'made.oci.tar'], { cwd: directory() });
    tarOf('layout', 'plain.tar');

    const pulled = [];
    for (const source of [
      'oci:layout',
      'oci:./layout:1.0.0',
      'oci-archive:plain.tar',
      'oci-archive:made.oci.tar:1.0.0',
      'oci-archive:made.oci.tar.gz',
      'docker-archive:made.docker.tar',
      'docker-archive:made.docker.tar.gz:1.0.0',
    ]) {
      pulled.push(await pull(source));
    }

    const digests = pulled.map(({ manifestDigest }) => manifestDigest);
    expect(new Set(pulled.map(({ root }) => root.toString())).size).toBe(1);
    expect(digests.slice(0, 3)).toEqual(Array(3).fill(layout.top.digest));
    expect(digests[4]).toBe(digests[3]);
    expect(digests[6]).toBe(digests[5]);
    expect(pulled.map(({ config }) => config.cmd)).toEqual(Array(7).fill(['sh']));
  });

  it('chooses the platform in a layout of several', async () => {
    const several = await writeOciLayout(join(directory(), 'several'), [
      { layers: [base] },
      { layers: [top], platform: { os: 'linux', architecture: 'arm64' } },
    ]);

    const image = await pull('oci:several');

    expect(image.indexDigest).toBe(several.top.digest);
    expect(image.manifestDigest).toBe(several.images[0]?.manifest.digest);
  });

  it('reads back the tree of a CAR file, and how it is run', async () => {
    const store = new MemoryStore();
    const image = await pull('oci:layout', store);
    const config = await store.putRawBlock(readBlob(layout.images[0]!.config.digest));
    const pieces: Uint8Array[] = [];
    for await (const piece of exportCar(store, [image.root, config])) pieces.push(piece);
    writeFileSync(join(directory(), 'a.car'), Buffer.concat(pieces));

    const [first, second] = [await pull('car:a.car'), await pull('car:a.car')];

    expect(first.root.toString()).toBe(image.root.toString());
    expect(first.config.cmd).toEqual(['sh']);
    expect(second.manifestDigest).toBe(first.manifestDigest);
  });

  it('lists the names in it as tags', async () => {
    const client = clientIn(new MemoryStore());
    const tags: string[] = [];
    for await (const tag of client.listTags(reference('oci:layout'))) tags.push(tag);

    expect(tags).toEqual(['1.0.0']);
  });

  it('leaves registries to the client', async () => {
    const client = clientIn(new MemoryStore());
    const unknown = parseReference('registry.invalid/a/b:1');

    await expect(client.resolve(unknown, platform)).rejects.toHaveProperty(
      'code',
      'REGISTRY_UNREACHABLE',
    );
  });

  it('follows the links that older versions of Docker wrote for layers', async () => {
    const config = Buffer.from(
      JSON.stringify({
        ...{ os: 'linux', architecture: 'amd64' },
        rootfs: { type: 'layers', diff_ids: [sha256(base), sha256(base)] },
      }),
    );
    const manifest = [{ Config: 'c.json', RepoTags: null, Layers: ['a/layer.tar', 'b/layer.tar'] }];
    writeArchive('old.tar', [
      { name: 'c.json', content: config },
      { name: 'a/layer.tar', content: base },
      { name: 'b/layer.tar', type: '2', linkName: '../a/layer.tar' },
      { name: 'manifest.json', content: JSON.stringify(manifest) },
    ]);

    expect((await pull('docker-archive:old.tar')).layers.map(({ diffId }) => diffId)).toEqual([
      sha256(base),
      sha256(base),
    ]);
  });

  const hostile: { name: string; source: string; code: ErrorCode; make: () => void }[] = [
    {
      name: 'no file',
      source: 'oci-archive:none.tar',
      code: 'IO_FAILED',
      make: () => undefined,
    },
    {
      name: 'a directory in the place of an archive',
      source: 'oci-archive:layout',
      code: 'IO_FAILED',
      make: () => undefined,
    },
    {
      name: 'an empty directory',
      source: 'oci:empty',
      code: 'ARCHIVE_INVALID',
      make: () => mkdirSync(join(directory(), 'empty')),
    },
    {
      name: 'an unknown name',
      source: 'oci:layout:2.0.0',
      code: 'ARCHIVE_IMAGE_NOT_FOUND',
      make: () => undefined,
    },
    {
      name: 'an archive that is cut off in a layer',
      source: 'oci-archive:cut.tar',
      code: 'ARCHIVE_INVALID',
      make: () => {
        tarOf('layout', 'cut.tar');
        truncateSync(join(directory(), 'cut.tar'), 3000);
      },
    },
    {
      name: 'a gzipped archive that is cut off',
      source: 'oci-archive:cut.tar.gz',
      code: 'ARCHIVE_INVALID',
      make: () => {
        tarOf('layout', 'whole.tar');
        const bytes = gzipSync(readFileSync(join(directory(), 'whole.tar')));
        writeFileSync(join(directory(), 'cut.tar.gz'), bytes.subarray(0, bytes.length / 2));
      },
    },
    {
      name: 'a path that leaves the archive',
      source: 'oci-archive:escape.tar',
      code: 'ARCHIVE_INVALID',
      make: () => writeArchive('escape.tar', [{ name: '../../etc/passwd', content: 'x' }]),
    },
    {
      name: 'a layer that is a link out of the archive',
      source: 'docker-archive:link.tar',
      code: 'ARCHIVE_INVALID',
      make: () =>
        writeDocker('link.tar', [{ name: 'l.tar', type: '2', linkName: '../../etc/passwd' }]),
    },
    {
      name: 'links in a circle',
      source: 'docker-archive:circle.tar',
      code: 'ARCHIVE_INVALID',
      make: () => writeDocker('circle.tar', [{ name: 'l.tar', type: '1', linkName: 'l.tar' }]),
    },
    {
      name: 'one path twice',
      source: 'oci-archive:twice.tar',
      code: 'ARCHIVE_INVALID',
      make: () =>
        writeArchive('twice.tar', [
          { name: 'index.json', content: '{}' },
          { name: './index.json', content: '{"manifests":[]}' },
        ]),
    },
    {
      name: 'a document beyond the limit',
      source: 'oci-archive:large.tar',
      code: 'ARCHIVE_INVALID',
      make: () =>
        writeArchive('large.tar', [
          { name: 'oci-layout', content: '{"imageLayoutVersion":"1.0.0"}' },
          { name: 'index.json', content: Buffer.alloc(5 << 20, ' ') },
        ]),
    },
    {
      name: 'a blob with another digest',
      source: 'oci:layout',
      code: 'BLOB_DIGEST_MISMATCH',
      make: () => {
        const path = blobPath(layout.images[0]!.layers[0]!.digest);
        writeFileSync(path, readFileSync(path).fill(0, 100, 120));
      },
    },
    {
      name: 'a blob of another size',
      source: 'oci:layout',
      code: 'BLOB_SIZE_MISMATCH',
      make: () => truncateSync(blobPath(layout.images[0]!.layers[0]!.digest), 50),
    },
    {
      name: 'a manifest with another digest',
      source: 'oci:layout',
      code: 'BLOB_DIGEST_MISMATCH',
      make: () => writeFileSync(blobPath(layout.top.digest), '{"schemaVersion":2}'),
    },
    {
      name: 'a blob that is missing',
      source: 'oci:layout',
      code: 'ARCHIVE_IMAGE_NOT_FOUND',
      make: () => rmSync(blobPath(layout.images[0]!.layers[0]!.digest)),
    },
    {
      name: 'a blob that nobody writes to',
      source: 'oci:layout',
      code: 'IO_FAILED',
      make: () => {
        const path = blobPath(layout.images[0]!.layers[0]!.digest);
        rmSync(path);
        execFileSync('mkfifo', [path]);
      },
    },
    {
      name: 'a layer with another diffID',
      source: 'docker-archive:lying.tar',
      code: 'BLOB_DIGEST_MISMATCH',
      make: () => writeDocker('lying.tar', [{ name: 'l.tar', content: top }]),
    },
    {
      name: 'bytes that are no CAR file',
      source: 'car:bad.car',
      code: 'CAR_INVALID',
      make: () => writeFileSync(join(directory(), 'bad.car'), base),
    },
  ];
  it.each(hostile)('reports $name as $code', async ({ source, code, make }) => {
    make();

    await expect(pull(source)).rejects.toHaveProperty('code', code);
  });

  it('refuses an archive of more members than any has', async () => {
    const empty = writeTar([{ name: 'x' }], { endBlocks: 0 });
    const name = Buffer.from(empty);
    const blocks: Buffer[] = [];
    for (let index = 0; index <= MAX_ARCHIVE_MEMBERS; index += 1) {
      blocks.push(renamed(name, `f${index}`));
    }
    writeFileSync(join(directory(), 'many.tar'), Buffer.concat(blocks));

    await expect(pull('oci-archive:many.tar')).rejects.toHaveProperty('code', 'ARCHIVE_INVALID');
  });

  it('follows a link to a layout, as build tools leave them', async () => {
    const target = blobPath(layout.images[0]!.layers[0]!.digest);
    copyFileSync(target, join(directory(), 'moved'));
    rmSync(target);
    symlinkSync(join(directory(), 'moved'), target);

    expect((await pull('oci:layout')).manifestDigest).toBe(layout.top.digest);
  });
});

async function pull(source: string, store = new MemoryStore()) {
  const catalog = openImageCatalog(':memory:', store);
  const registry = clientIn(store);
  try {
    return await pullImage(
      { registry, store, catalog },
      {
        reference: reference(source),
        platform,
      },
    );
  } finally {
    registry.close();
    catalog.close();
  }
}

function clientIn(store: MemoryStore): RegistryClient {
  const client = createRegistryClient({
    userAgent: 'mono-test/1.0',
    retry: { maxAttempts: 1 },
  });
  return withImageSources(client, {
    directory: directory(),
    store: () => Promise.resolve(store),
    platform,
  });
}

function reference(text: string): Reference {
  return referenceOfSource(parseImageSource(text)!);
}

function skopeo(from: string, to: string): void {
  execFileSync('skopeo', ['copy', '--quiet', '--insecure-policy', from, to], { cwd: directory() });
}

function tarOf(name: string, archive: string): void {
  execFileSync('tar', ['-C', name, '-cf', archive, '.'], { cwd: directory() });
}

function writeArchive(name: string, items: readonly TarItem[]): void {
  writeFileSync(join(directory(), name), writeTar(items));
}

/** An archive whose only layer `l.tar` should be `base`. */
function writeDocker(name: string, items: readonly TarItem[]): void {
  const rootfs = { type: 'layers', diff_ids: [sha256(base)] };
  writeArchive(name, [
    { name: 'c.json', content: JSON.stringify({ os: 'linux', architecture: 'amd64', rootfs }) },
    { name: 'manifest.json', content: JSON.stringify([{ Config: 'c.json', Layers: ['l.tar'] }]) },
    ...items,
  ]);
}

function renamed(header: Buffer, name: string): Buffer {
  const block = Buffer.from(header);
  block.fill(0, 0, 100).write(name, 0, 'latin1');
  block.fill(' ', 148, 156);
  const sum = block.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

function blobPath(digest: string): string {
  return join(layout.directory, 'blobs/sha256', digest.slice('sha256:'.length));
}

function readBlob(digest: string): Uint8Array {
  return readFileSync(blobPath(digest));
}

function sha256(bytes: Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest;
}
