import type { CID } from 'multiformats/cid';
import { byteStringFromText } from '../../src/lib/base/bytes.js';
import { openImageStore } from '../../src/lib/cli/compose/image-store.js';
import { ChangeSetBuilder } from '../../src/lib/fs/change-set/change-set-builder.js';
import { flatten } from '../../src/lib/fs/change-set/flatten.js';
import type { FileEntry } from '../../src/lib/fs/entry.js';
import { IMPLICIT_ATTRIBUTES } from '../../src/lib/fs/entry.js';
import { Transaction } from '../../src/lib/fs/transaction/transaction.js';
import { commitVersion } from '../../src/lib/fs/version/version.js';
import { openKeptVersions } from '../../src/lib/project/compare/kept-versions.js';
import type { ContentStore } from '../../src/lib/store/ipld-store.js';
import { type BenchFile, filesOf, TREES, type TreeName, type TreeSize } from './trees.js';

/** Contents that are stored at a time: enough to keep the hashing beside the rest. */
const BATCH_FILES = 1024;

/**
 * Makes the trees as versions that are kept under their names below a data directory, without the
 * detour over archives.
 */
export async function makeVersions(directory: string, size: TreeSize): Promise<void> {
  const images = await openImageStore({ directory, access: 'writing' });
  const { store } = images;
  const kept = openKeptVersions(directory);
  try {
    const roots = new Map<TreeName, CID>();
    for (const name of TREES) {
      const base = roots.get('base');
      const files = filesOf(name, size);
      roots.set(name, await (base ? changeTree(store, base, files) : makeTree(store, files)));
    }
    for (const [name, root] of roots) {
      const cid = await commitVersion(store, { root, previous: [] });
      await store.flush();
      kept.keep(name, cid);
    }
  } finally {
    kept.close();
    await images.close();
  }
}

async function makeTree(store: ContentStore, files: readonly BenchFile[]): Promise<CID> {
  const builder = new ChangeSetBuilder(store);
  for (let index = 0; index < files.length; index += BATCH_FILES) {
    const batch = files.slice(index, index + BATCH_FILES);
    const stored = await store.putEach(batch.map(({ content }) => Buffer.from(content)));
    for (const [at, { cid: content, sizeBytes }] of stored.entries()) {
      const entry: FileEntry = { kind: 'file', ...attributes(), content, sizeBytes };
      builder.setEntry(byteStringFromText(batch[at]!.path), entry);
    }
  }
  return flatten(store, [await builder.commit()]);
}

async function changeTree(
  store: ContentStore,
  base: CID,
  files: readonly BenchFile[],
): Promise<CID> {
  const transaction = await Transaction.open(store, base);
  for (const { path, content } of files) {
    await transaction.write(byteStringFromText(path), [Buffer.from(content)], attributes());
  }
  return transaction.commit();
}

function attributes() {
  return { ...IMPLICIT_ATTRIBUTES, mode: 0o644 };
}
