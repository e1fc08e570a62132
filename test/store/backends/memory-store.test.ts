import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import { describeIpldStoreModel } from '../../contracts/ipld-store-model.js';
import { describeIpldStore } from '../../contracts/ipld-store.js';

describeIpldStore('MemoryStore', () => ({
  open: (strategies) => Promise.resolve(new MemoryStore(strategies)),
}));

describeIpldStoreModel('MemoryStore', {
  fixture: {
    open: () => Promise.resolve(new MemoryStore()),
    reopen: (store) => Promise.resolve(store),
  },
  runs: 300,
});
