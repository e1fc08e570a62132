import { join } from 'node:path';
import { FlatFsStore } from '../../../src/lib/store/backends/flat-fs-store.js';
import type { Compression } from '../../../src/lib/store/compression/encode-block.js';
import { describeIpldStoreModel } from '../../contracts/ipld-store-model.js';
import { describeIpldStore } from '../../contracts/ipld-store.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const temporaryDirectory = useTemporaryDirectory();
let turn = 0;

declareSuites('FlatFsStore', 'none');
declareSuites('FlatFsStore with zstd', 'zstd');
declareSuites('FlatFsStore with gzip', 'gzip');

function declareSuites(name: string, compression: Compression): void {
  function open(): Promise<FlatFsStore> {
    return FlatFsStore.open({ path: join(temporaryDirectory(), `${turn}`), compression });
  }

  describeIpldStore(name, () => ({
    open: (strategies) =>
      FlatFsStore.open({ path: temporaryDirectory(), compression, ...strategies }),
  }));

  describeIpldStoreModel(name, {
    fixture: {
      open() {
        turn += 1;
        return open();
      },
      async reopen(store) {
        await store.close();
        return open();
      },
    },
    runs: compression === 'none' ? 12 : 4,
  });
}
