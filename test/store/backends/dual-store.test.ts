import { join } from 'node:path';
import { readdirSync, truncateSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MonoError } from '../../../src/lib/errors.js';
import { DualStore } from '../../../src/lib/store/backends/dual-store.js';
import { FlatFsStore } from '../../../src/lib/store/backends/flat-fs-store.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import { PackedFsStore } from '../../../src/lib/store/backends/packed-fs-store.js';
import { describeIpldStoreModel } from '../../contracts/ipld-store-model.js';
import { describeIpldStore } from '../../contracts/ipld-store.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const temporaryDirectory = useTemporaryDirectory();

describeIpldStore('DualStore', () => ({
  open: (strategies) =>
    Promise.resolve(new DualStore({ near: new MemoryStore(), far: new MemoryStore() }, strategies)),
}));

let turn = 0;

async function openDual(): Promise<DualStore> {
  const far = await PackedFsStore.open({ path: join(temporaryDirectory(), `${turn}`) });
  return new DualStore({ near: new MemoryStore(), far });
}

describeIpldStoreModel('DualStore', {
  fixture: {
    open() {
      turn += 1;
      return openDual();
    },
    async reopen(store) {
      await store.close();
      return openDual();
    },
  },
  runs: 10,
});

/** A store that has no room. */
class FullStore extends MemoryStore {
  override putBlock(): Promise<void> {
    return Promise.reject(new MonoError('DISK_FULL', 'Cannot write: no space left'));
  }
}

describe('DualStore', () => {
  it('reads from the near store what it has read from the far one before', async () => {
    const near = new MemoryStore();
    const far = new MemoryStore();
    const cid = await far.putNode({ n: 1 });
    const store = new DualStore({ near, far });

    await store.getNode(cid);

    expect(await near.getNode(cid)).toEqual({ n: 1 });
  });

  it('writes to the near store, and to the far one when it is flushed', async () => {
    const near = new MemoryStore();
    const far = new MemoryStore();
    const store = new DualStore({ near, far });

    const cid = await store.putNode({ n: 1 });
    const before = [await near.has(cid), await far.has(cid), await store.has(cid)];
    await store.flush();

    expect(before).toEqual([true, false, true]);
    expect(await far.getNode(cid)).toEqual({ n: 1 });
  });

  it('keeps as pending what the far store has refused', async () => {
    const far = new MemoryStore();
    let isDown = true;
    const put = far.putBlock.bind(far);
    far.putBlock = (cid, bytes) => (isDown ? Promise.reject(new Error('down')) : put(cid, bytes));
    const store = new DualStore({ near: new MemoryStore(), far });
    const cid = await store.putNode({ n: 1 });

    await expect(store.flush()).rejects.toThrow('down');
    isDown = false;
    await store.flush();

    expect(await far.has(cid)).toBe(true);
  });

  it('does not take a copy in the near store for a block that exists', async () => {
    const near = new MemoryStore();
    const cid = await near.putNode({ left: 'behind' });
    const store = new DualStore({ near, far: new MemoryStore() });

    expect([await store.has(cid), await store.getBlockCount()]).toEqual([false, 0]);
    await store.putNode({ left: 'behind' });
    expect([await store.has(cid), await store.getBlockCount()]).toEqual([true, 1]);
  });

  it('reads past a copy that is damaged', async () => {
    const path = temporaryDirectory();
    const near = await FlatFsStore.open({ path });
    const store = new DualStore({ near, far: new MemoryStore() });
    const cid = await store.putNode({ n: 1 });
    await store.flush();
    const files = readdirSync(join(path, 'blocks'), { recursive: true, encoding: 'utf8' });
    const name = files.find((file) => file.endsWith('.dag-cbor'))!;
    truncateSync(join(path, 'blocks', name), 65);

    expect(await store.getNode(cid)).toEqual({ n: 1 });
    expect(await near.getNode(cid)).toEqual({ n: 1 });
    await store.close();
  });

  it('names a pending block that is damaged', async () => {
    const path = temporaryDirectory();
    const near = await FlatFsStore.open({ path });
    const store = new DualStore({ near, far: new MemoryStore() });
    const cid = await store.putNode({ n: 1 });
    const files = readdirSync(join(path, 'blocks'), { recursive: true, encoding: 'utf8' });
    const name = files.find((file) => file.endsWith('.dag-cbor'))!;
    truncateSync(join(path, 'blocks', name), 65);

    await expect(store.getNode(cid)).rejects.toMatchObject({ code: 'STORE_BLOCK_CORRUPT' });
    await expect(store.close()).rejects.toMatchObject({ code: 'STORE_BLOCK_CORRUPT' });
  });

  it('reads although the near store has no room', async () => {
    const far = new MemoryStore();
    const cid = await far.putNode({ n: 1 });
    const store = new DualStore({ near: new FullStore(), far });

    expect(await store.getNode(cid)).toEqual({ n: 1 });
  });

  it('does not read what was deleted from copies', async () => {
    const store = new DualStore({ near: new MemoryStore(), far: new MemoryStore() });
    const cid = await store.putNode({ n: 1 });

    await store.dereference(cid);

    await expect(store.getNode(cid)).rejects.toMatchObject({ code: 'STORE_BLOCK_MISSING' });
  });
});
