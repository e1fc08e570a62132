import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openImageCatalog } from '../../../src/lib/image/catalog/image-catalog.js';
import type { VerifyDocument } from '../../../src/lib/project/verify/verify-report.js';
import { PackedFsStore } from '../../../src/lib/store/backends/packed-fs-store.js';
import { pushBusybox } from '../../support/busybox-image.js';
import { writeAt } from '../../support/damaged-store.js';
import { useInstalledProject } from '../../support/installed-project.js';
import { readSchema, schemaFaults } from '../../support/json-schema.js';
import { writeOciLayout } from '../../support/oci-layout.js';
import { pushOciLayout, type PushTarget } from '../../support/push-oci-layout.js';
import { pseudoRandomBytes } from '../../support/random-bytes.js';
import { writeTar } from '../../support/tar-writer.js';

const { place, mono } = useInstalledProject(async ({ registry, mono }) => {
  await pushBusybox(registry, 'library/small', { tag: '1' });
  const noise = Buffer.from(pseudoRandomBytes(400_000, 7)).toString('base64');
  await pushBusybox(registry, 'library/large', { tag: '1', files: { 'etc/noise': noise } });
  await pushTwoLayers(registry);
  await mono('install', 'small:1');
  await mono('install', 'large:1');
});

describe('mono verify', () => {
  it('finds nothing in what was just installed', async () => {
    const { document, exitCode } = await verify();

    expect(exitCode).toBe(0);
    expect(document).toMatchObject({
      isSound: true,
      store: { findingCount: 0, missingCount: 0 },
      rootfs: { checked: 2, damaged: [], unknown: [] },
      repair: null,
    });
    expect(document.images.map(({ names }) => names).sort()).toEqual([['large'], ['small']]);
  });

  it('names the image whose content is damaged, and leaves it as it is', async () => {
    damageEndOfPack();

    const { document, exitCode } = await verify();
    const alone = await verify('small');

    expect(exitCode).toBe(5);
    expect(document.isSound).toBe(false);
    expect(document.store?.findings[0]).toMatchObject({ kind: 'block' });
    expect(damagedNames(document)).toEqual([['large']]);
    expect(alone).toMatchObject({ exitCode: 0, document: { isSound: true, store: null } });
    expect((await verify('large')).exitCode).toBe(5);
  });

  it('fetches again with --repair what is damaged, and that alone', async () => {
    damageEndOfPack();

    const { document, exitCode } = await verify('--repair');

    expect(exitCode).toBe(0);
    expect(document.repair).toMatchObject({ fetchedBytes: await layerBytes('large'), lost: [] });
    expect(document.repair?.repairedBlocks).toBeGreaterThan(0);
    expect(await verify()).toMatchObject({ exitCode: 0, document: { isSound: true } });
  });

  it('brings a whole pack back that is gone', async () => {
    for (const pack of packs()) unlinkSync(pack);

    const { document, exitCode } = await verify('--repair');

    expect(exitCode).toBe(0);
    expect(document.repair?.fetchedBytes).toBeGreaterThan(await layerBytes('large'));
    expect(await verify()).toMatchObject({ exitCode: 0, document: { isSound: true } });
  });

  it('repairs a damaged store so that the same roots come out of it', async () => {
    const lock = readFileSync(join(place.cwd, 'mono.lock'), 'utf8');
    for (const pack of packs()) writeAt(pack, new Uint8Array(9_000).fill(0xee), 20_000);

    const { document, exitCode } = await verify('--repair');

    expect([exitCode, document.isSound]).toEqual([0, true]);
    expect((await mono('install', '--frozen-lockfile')).stderr).toBe('Already up to date\n');
    expect(readFileSync(join(place.cwd, 'mono.lock'), 'utf8')).toBe(lock);
  });

  it('drops a root filesystem that is damaged, which the next run writes anew', async () => {
    const [image = ''] = readdirSync(join(place.home, 'cache/rootfs'));
    const metadata = join(place.home, 'cache/rootfs', image, 'metadata.erofs');
    writeAt(metadata, new Uint8Array([1, 2, 3]), 20_000);

    const found = await verify();
    const repaired = await verify('--repair');

    expect(found).toMatchObject({ exitCode: 5, document: { rootfs: { checked: 2 } } });
    expect(found.document.rootfs.damaged).toHaveLength(1);
    expect(repaired).toMatchObject({ exitCode: 0, document: { isSound: true } });
    expect(readdirSync(join(place.home, 'cache/rootfs'))).not.toContain(image);
  });

  it.each([
    ['the blob of a compressed layer', 0],
    ['the recipe of a plain layer', 1],
  ])('fetches one layer again when %s is damaged', async (_what, position) => {
    await mono('install', 'kept:1', '--keep-blobs');
    const { sizeBytes } = await damageArchive(position);

    const found = await verify('kept');
    const repaired = await verify('kept', '--repair');

    expect(found.exitCode).toBe(5);
    expect(damagedNames(found.document)).toEqual([['kept']]);
    expect(repaired.document).toMatchObject({
      isSound: true,
      repair: { fetchedBytes: sizeBytes, lost: [] },
    });
    expect(await verify()).toMatchObject({ exitCode: 0, document: { isSound: true } });
  });

  it('says what is lost when nobody knows where it came from', async () => {
    damageEndOfPack();
    rmSync(place.cwd, { recursive: true });
    mkdirSync(place.cwd);
    rmSync(join(place.home, 'history.db'));

    const { document, exitCode } = await verify('--repair');

    expect(exitCode).toBe(5);
    expect(document.repair?.lost).toHaveLength(1);
  });

  it('refuses a name that nobody gave to an image', async () => {
    const run = await mono('verify', 'lerge');

    expect(run).toMatchObject({ exitCode: 10, stdout: '' });
    expect(run.stderr).toContain('Did you mean `large`?');
  });
});

/** What was installed last is at the end of the pack of contents. */
function damageEndOfPack(): void {
  const [largest = ''] = packs().sort((a, b) => statSync(b).size - statSync(a).size);
  writeAt(largest, new Uint8Array(5_000).fill(0xee), statSync(largest).size - 200_000);
}

/** An image of two layers, the lower one compressed. */
async function pushTwoLayers(registry: PushTarget): Promise<void> {
  const [lower, upper] = [1, 2].map((seed) => {
    const content = Buffer.from(pseudoRandomBytes(60_000 * seed, seed));
    return writeTar([{ name: `file-${seed}`, content }]);
  });
  const layers = [
    { tar: lower!, compression: 'gzip' as const },
    { tar: upper!, compression: 'none' as const },
  ];
  const scratch = mkdtempSync(join(tmpdir(), 'mono-kept-'));
  const layout = await writeOciLayout(join(scratch, 'oci'), [{ layers }], { tag: '1' });
  await pushOciLayout(registry, layout.directory, 'library/kept:1');
  rmSync(scratch, { recursive: true });
}

/** Damages what is kept to give out the layer at `position` byte for byte; returns the layer. */
async function damageArchive(position: number): Promise<{ readonly sizeBytes: number }> {
  const store = await PackedFsStore.open({ path: join(place.home, 'store'), readOnly: true });
  const catalog = openImageCatalog(join(place.home, 'images.db'), store);
  const image = catalog.listImages().find(({ layers }) => layers.length === 2);
  const layer = image!.layers[position]!;
  const [, archive] = catalog.rootsOfLayer(layer);
  const block = await store.getBlock(archive!);
  catalog.close();
  await store.close();
  for (const pack of packs()) {
    const offsetBytes = readFileSync(pack).indexOf(block);
    if (offsetBytes >= 0) writeAt(pack, new Uint8Array([1, 2, 3]), offsetBytes);
  }
  return layer;
}

function packs(): string[] {
  const directory = join(place.home, 'store/packs');
  return readdirSync(directory).map((name) => join(directory, name));
}

async function layerBytes(name: string): Promise<number> {
  const { stdout } = await mono('inspect', name, '--json');
  const document = JSON.parse(stdout) as { installed: { layers: { sizeBytes: number }[] } };
  return document.installed.layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

function damagedNames({ images }: VerifyDocument): (readonly string[])[] {
  return images.filter((it) => it.damagedBlocks.length > 0).map(({ names }) => names);
}

async function verify(
  ...args: string[]
): Promise<{ document: VerifyDocument; exitCode: number | null }> {
  const { stdout, exitCode, stderr } = await mono('verify', '--json', ...args);
  const document = JSON.parse(stdout) as VerifyDocument;
  expect([schemaFaults(document, readSchema('verify.json')), stderr]).toEqual([[], '']);
  return { document, exitCode };
}
