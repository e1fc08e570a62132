import { join } from 'node:path';
import { FlatFsStore } from '../../../src/lib/store/backends/flat-fs-store.js';
import { describeIpldStoreModel } from '../../contracts/ipld-store-model.js';
import { describeIpldStore } from '../../contracts/ipld-store.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const temporaryDirectory = useTemporaryDirectory();

describeIpldStore('FlatFsStore', () => ({
  open: (strategies) => FlatFsStore.open({ path: temporaryDirectory(), ...strategies }),
}));

let turn = 0;

describeIpldStoreModel('FlatFsStore', {
  fixture: {
    open() {
      turn += 1;
      return FlatFsStore.open({ path: join(temporaryDirectory(), `${turn}`) });
    },
    async reopen(store) {
      await store.close();
      return FlatFsStore.open({ path: join(temporaryDirectory(), `${turn}`) });
    },
  },
  runs: 12,
});
