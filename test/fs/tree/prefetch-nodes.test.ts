import type { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { ChangeSetBuilder } from '../../../src/lib/fs/change-set/change-set-builder.js';
import { flatten } from '../../../src/lib/fs/change-set/flatten.js';
import { prefetchNodes } from '../../../src/lib/fs/tree/prefetch-nodes.js';
import { walkTree } from '../../../src/lib/fs/tree/walk-tree.js';
import type { NodeReader } from '../../../src/lib/store/ipld-store.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import { absentCid } from '../../support/store-values.js';
import { attributes, bytes, fileOf, symlinkTo } from '../support/trees.js';

/** A tree with a directory of several nodes, one in another, and links that are not to be followed. */
async function storedTree() {
  const store = new MemoryStore();
  const builder = new ChangeSetBuilder(store);
  for (let name = 0; name < 500; name++) builder.setEntry(bytes(`many/${name}`), symlinkTo('x'));
  builder.setEntry(bytes('deep/er/file'), await fileOf(store, 'content'));
  const target = absentCid;
  builder.setEntry(bytes('deep/link'), { kind: 'cidLink', ...attributes(), target });
  return { store, root: await flatten(store, [await builder.commit()]) };
}

async function walk(store: NodeReader, root: CID) {
  const walked = [];
  for await (const entry of walkTree(store, root)) walked.push(entry);
  return walked;
}

describe('prefetchNodes()', () => {
  it('reads all nodes that a walk needs, and a level of the tree at once', async () => {
    const { store, root } = await storedTree();
    const single: CID[] = [];
    let reads = 0;
    const counted = {
      getNode(cid: CID) {
        single.push(cid);
        return store.getNode(cid);
      },
      readBlocks(...request: Parameters<MemoryStore['readBlocks']>) {
        reads += 1;
        return store.readBlocks(...request);
      },
    };

    const nodes = await prefetchNodes(counted, root);
    const walked = await walk(nodes, root);

    expect(walked).toEqual(await walk(store, root));
    expect(single.map(String).filter((cid) => cid !== root.toString())).toEqual([]);
    expect(reads).toBeLessThan(5);
  });

  it('rejects when a directory is missing', async () => {
    const { store, root } = await storedTree();
    const lossy = {
      getNode: (cid: CID) => store.getNode(cid),
      readBlocks: (cids: readonly CID[], take: Parameters<MemoryStore['readBlocks']>[1]) =>
        store.readBlocks([...cids, absentCid], take),
    };

    await expect(prefetchNodes(lossy, root)).rejects.toMatchObject({ code: 'STORE_BLOCK_MISSING' });
  });
});
