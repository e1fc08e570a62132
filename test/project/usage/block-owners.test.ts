import type { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { BlockOwners } from '../../../src/lib/project/usage/block-owners.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import { absentCid } from '../../support/store-values.js';

const { signal } = new AbortController();

/** Two roots that have a part in common: `left → own, common → leaf ← right`. */
async function storedBlocks() {
  const store = new MemoryStore();
  const leaf = await store.putRawBlock(new Uint8Array(100));
  const common = await store.putNode([leaf, absentCid]);
  const own = await store.putRawBlock(new Uint8Array(10));
  const left = await store.putNode([own, common, common]);
  const right = await store.putNode([leaf]);
  return { store, leaf, common, own, left, right };
}

function owners(store: MemoryStore) {
  const sizes = new Map<string, number>();
  const reads: string[] = [];
  const counted = new BlockOwners({
    getBlock(cid: CID) {
      reads.push(cid.toString());
      return store.getBlock(cid);
    },
    storedBytesOf: (cid) => sizes.get(cid.toString()),
  });
  async function know(...cids: readonly CID[]): Promise<void> {
    for (const cid of cids) sizes.set(cid.toString(), await store.getCidSize(cid));
  }
  return { counted, know, reads };
}

describe('BlockOwners', () => {
  it('tells what is an owner’s alone, once all owners are known', async () => {
    const { store, leaf, common, own, left, right } = await storedBlocks();
    const { counted, know } = owners(store);
    await know(leaf, common, own, left, right);

    const ofLeft = await counted.add([left], signal);
    const before = ofLeft();
    const ofRight = await counted.add([right, right], signal);

    const nodesOfLeft = (await store.getBlock(left)).length + (await store.getBlock(common)).length;
    expect(before).toEqual({ ownBytes: 110 + nodesOfLeft, sharedBytes: 0 });
    expect(ofLeft()).toEqual({ ownBytes: 10 + nodesOfLeft, sharedBytes: 100 });
    expect(ofRight()).toEqual({ ownBytes: (await store.getBlock(right)).length, sharedBytes: 100 });
    expect(counted.blockCount).toBe(5);
    expect(counted.totalBytes).toBe(ofLeft().ownBytes + ofRight().ownBytes + 100);
  });

  it('reads each node once, however many owners it has, and no content', async () => {
    const { store, leaf, common, own, left } = await storedBlocks();
    const { counted, know, reads } = owners(store);
    await know(leaf, common, own, left);

    for (let owner = 0; owner < 3; owner++) await counted.add([left, common], signal);

    expect(reads.sort()).toEqual([left.toString(), common.toString()].sort());
  });

  it('counts nothing that is missing, nor what is below it', async () => {
    const { store, own, left } = await storedBlocks();
    const { counted, know } = owners(store);
    await know(own, left);

    const ofLeft = await counted.add([left], signal);

    expect(ofLeft()).toEqual({
      ownBytes: 10 + (await store.getBlock(left)).length,
      sharedBytes: 0,
    });
  });

  it('stops when it is told to', async () => {
    const { store, left } = await storedBlocks();
    const { counted, know } = owners(store);
    await know(left);

    await expect(counted.add([left], AbortSignal.abort())).rejects.toMatchObject({
      code: 'CANCELLED',
    });
  });
});
