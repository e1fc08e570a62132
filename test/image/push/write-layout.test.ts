import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/lib/base/digest.js';
import { openDirectoryFiles } from '../../../src/lib/image/archive/file-set.js';
import { openLayout } from '../../../src/lib/image/archive/layout-content.js';
import { documentBlob, encodeJson } from '../../../src/lib/image/archive/made-manifest.js';
import type { ImageParts } from '../../../src/lib/image/push/image-parts.js';
import { layoutFiles } from '../../../src/lib/image/push/layout-files.js';
import {
  writeLayoutArchive,
  writeLayoutDirectory,
} from '../../../src/lib/image/push/write-layout.js';
import { readTar } from '../../../src/lib/image/tar/read-tar.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const MEDIA_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const layer = { bytes: Buffer.from('a layer'), digest: digestOf(Buffer.from('a layer')) };
const parts: ImageParts = {
  top: { ...encodeJson({ schemaVersion: 2 }), mediaType: MEDIA_TYPE },
  manifests: [],
  blobs: [{ ...documentBlob(layer), digest: layer.digest }],
  platforms: ['linux/amd64'],
  omittedPlatforms: [],
};

describe('writeLayoutDirectory()', () => {
  const directory = useTemporaryDirectory();

  it('writes what is read as a layout', async () => {
    const path = join(directory(), 'layout');

    await writeLayoutDirectory(layoutFiles(parts, '1.0.0'), { path });

    const content = await openLayout(openDirectoryFiles(path));
    expect(content.tags).toEqual(['1.0.0']);
    expect(content.find('1.0.0')).toBe(parts.top.digest);
    expect((await content.open(layer.digest))?.sizeBytes).toBe(layer.bytes.length);
  });

  it('leaves nothing behind when a blob cannot be had', async () => {
    const broken = { ...parts, blobs: [{ ...parts.blobs[0]!, open: failing }] };
    const path = join(directory(), 'layout');

    await expect(writeLayoutDirectory(layoutFiles(broken, undefined), { path })).rejects.toThrow(
      'the registry is gone',
    );
    expect(readdirSync(directory())).toEqual([]);
  });

  it('leaves alone what is at the path', async () => {
    const path = join(directory(), 'layout');
    mkdirSync(path);
    writeFileSync(join(path, 'mine'), 'mine');

    await expect(
      writeLayoutDirectory(layoutFiles(parts, undefined), { path }),
    ).rejects.toHaveProperty('code', 'IO_FAILED');
    expect(readFileSync(join(path, 'mine'), 'utf8')).toBe('mine');
    expect(readdirSync(directory())).toEqual(['layout']);
  });
});

describe('writeLayoutArchive()', () => {
  it('gives the same bytes every time, the index before the blobs', async () => {
    const [first, second] = [await archive(), await archive()];
    const names: string[] = [];
    for await (const { name } of readTar([first])) names.push(name);

    expect(second).toEqual(first);
    expect(names.slice(0, 4)).toEqual(['blobs/', 'blobs/sha256/', 'oci-layout', 'index.json']);
    expect(names).toHaveLength(6);
  });

  it('ends when it is interrupted', async () => {
    const pieces = writeLayoutArchive(layoutFiles(parts, undefined), AbortSignal.abort());

    await expect(drain(pieces)).rejects.toHaveProperty('code', 'CANCELLED');
  });
});

async function archive(): Promise<Buffer> {
  return drain(writeLayoutArchive(layoutFiles(parts, undefined)));
}

async function drain(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source) pieces.push(piece);
  return Buffer.concat(pieces);
}

// eslint-disable-next-line require-yield -- it fails before it gives anything
async function* failing(): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  throw new Error('the registry is gone');
}
