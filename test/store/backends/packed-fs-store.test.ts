import { join } from 'node:path';
import { PackedFsStore } from '../../../src/lib/store/backends/packed-fs-store.js';
import type { Compression } from '../../../src/lib/store/compression/encode-block.js';
import { describeIpldStoreModel } from '../../contracts/ipld-store-model.js';
import { describeIpldStore } from '../../contracts/ipld-store.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const temporaryDirectory = useTemporaryDirectory();
let turn = 0;

declareSuites('PackedFsStore', 'none');
declareSuites('PackedFsStore with zstd', 'zstd');
declareSuites('PackedFsStore with gzip', 'gzip');

function declareSuites(name: string, compression: Compression): void {
  function open(): Promise<PackedFsStore> {
    return PackedFsStore.open({ path: join(temporaryDirectory(), `${turn}`), compression });
  }

  describeIpldStore(name, () => ({
    open: (strategies) =>
      PackedFsStore.open({ path: temporaryDirectory(), compression, ...strategies }),
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
