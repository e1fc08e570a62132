import { join } from 'node:path';
import { PackedFsStore } from '../../../src/lib/store/backends/packed-fs-store.js';
import { describeIpldStoreModel } from '../../contracts/ipld-store-model.js';
import { describeIpldStore } from '../../contracts/ipld-store.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const temporaryDirectory = useTemporaryDirectory();

describeIpldStore('PackedFsStore', () => ({
  open: (strategies) => PackedFsStore.open({ path: temporaryDirectory(), ...strategies }),
}));

let turn = 0;

describeIpldStoreModel('PackedFsStore', {
  fixture: {
    open() {
      turn += 1;
      return PackedFsStore.open({ path: join(temporaryDirectory(), `${turn}`) });
    },
    async reopen(store) {
      await store.close();
      return PackedFsStore.open({ path: join(temporaryDirectory(), `${turn}`) });
    },
  },
  runs: 12,
});
