import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RocksDbStore } from '../../../src/lib/store/backends/rocks-db-store.js';
import { cidOf, RAW_CODEC } from '../../../src/lib/store/block/block-id.js';
import { loadRocksDb } from '../../../src/lib/store/rocksdb/load-rocksdb.js';
import { describeIpldStoreModel } from '../../contracts/ipld-store-model.js';
import { describeIpldStore } from '../../contracts/ipld-store.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const temporaryDirectory = useTemporaryDirectory();
let turn = 0;

function openTurn(): Promise<RocksDbStore> {
  return RocksDbStore.open({ path: join(temporaryDirectory(), `${turn}`) });
}

describeIpldStore('RocksDbStore', () => ({
  open(strategies) {
    turn += 1;
    return RocksDbStore.open({ path: join(temporaryDirectory(), `${turn}`), ...strategies });
  },
}));

describeIpldStoreModel('RocksDbStore', {
  fixture: {
    open() {
      turn += 1;
      return openTurn();
    },
    async reopen(store) {
      await store.close();
      return openTurn();
    },
  },
  runs: 10,
});

describe('RocksDbStore', () => {
  it('says how to get the package where it is missing', async () => {
    const opened = RocksDbStore.open({
      path: temporaryDirectory(),
      load: () => Promise.reject(new Error('no such package')),
    });

    await expect(opened).rejects.toMatchObject({
      code: 'STORE_BACKEND_MISSING',
      hint: 'Run `npm install @nxtedition/rocksdb@12`.',
    });
  });

  it('is open once at a time', async () => {
    const path = temporaryDirectory();
    const store = await RocksDbStore.open({ path });

    await expect(RocksDbStore.open({ path })).rejects.toMatchObject({ code: 'STORE_LOCKED' });

    await store.close();
  });

  it('names a damaged block', async () => {
    const path = temporaryDirectory();
    const cid = cidOf(RAW_CODEC, Uint8Array.of(1));
    const database = await loadRocksDb(path);
    await database.open();
    const key = Buffer.concat([Buffer.of(0x62, RAW_CODEC), cid.multihash.digest]);
    await database.batch([{ type: 'put', key, value: Uint8Array.of(2) }], { sync: true });
    await database.close();

    const store = await RocksDbStore.open({ path });

    await expect(store.getBlock(cid)).rejects.toMatchObject({ code: 'STORE_BLOCK_CORRUPT' });
    await store.close();
  });
});
