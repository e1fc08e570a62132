import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { MappedImages } from '../../../src/lib/rootfs/mapped/mapped-images.js';
import { PackedFsStore } from '../../../src/lib/store/backends/packed-fs-store.js';
import type { RootDisk } from '../../../src/lib/vm/root-disk.js';
import { storeTree } from '../../rootfs/support/stored-tree.js';
import { file, pattern, symlink, type TestEntry } from '../../rootfs/support/test-tree.js';
import { busyboxTree } from '../support/busybox-image.js';

const APPLETS = ['httpd', 'mv', 'sync', 'touch', 'wget'];
/** More than a disk may have extents, so that it has all of them and a side file. */
const SCATTERED_FILES = 300;
/** More than a block, so that they are not among the metadata, and no multiple of one. */
const SCATTERED_BYTES = 5000;

/** What the store has between the content of the image; no guest may ever see it. */
export const SECRET = Buffer.from('what the guest must not see');

/** A root filesystem as `mono run` attaches it: a disk made of parts of the packs of a store. */
export interface ScenarioImage {
  readonly disk: Extract<RootDisk, { readonly format: 'vmdk' }>;
  /** path of a file with all bytes of that disk, as qemu-img reads them */
  readonly copyPath: string;
}

/** Makes the image that the scenarios run on below `directory`, with the store that it maps. */
export async function writeScenarioImage(directory: string): Promise<ScenarioImage> {
  mkdirSync(directory, { recursive: true });
  const store = await PackedFsStore.open({ path: join(directory, 'store') });
  const images = MappedImages.open({ directory: join(directory, 'rootfs'), store });
  try {
    for (const [index, content] of scatteredContents().entries()) {
      await store.putBytes([content]);
      await store.putBytes([SECRET, pattern(SCATTERED_BYTES, SCATTERED_FILES + index)]);
    }
    const root = await storeTree(store, scenarioTree());
    await store.flush();
    const disk = { format: 'vmdk', ...(await images.materialise(root)) } as const;
    return { disk, copyPath: copyOf(disk.descriptors.qemu, join(directory, 'copy.raw')) };
  } finally {
    await store.close();
  }
}

/** Returns the tree of the image that the scenarios run on. */
export function scenarioTree(): Record<string, TestEntry> {
  const applets = APPLETS.map((name): [string, TestEntry] => [`bin/${name}`, symlink('busybox')]);
  const scattered = scatteredContents().map((content, index): [string, TestEntry] => [
    `srv/scattered/${index}`,
    file(content),
  ]);
  return busyboxTree({
    'etc/motd': file(Buffer.from('of the guest\n'), { mode: 0o644 }),
    ...Object.fromEntries(applets),
    ...Object.fromEntries(scattered),
  });
}

function scatteredContents(): Uint8Array[] {
  return Array.from({ length: SCATTERED_FILES }, (_, index) => pattern(SCATTERED_BYTES, index));
}

function copyOf(descriptor: string, path: string): string {
  execFileSync('qemu-img', ['convert', '-f', 'vmdk', '-O', 'raw', descriptor, path]);
  return path;
}
