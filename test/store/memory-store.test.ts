import { MemoryStore } from '../../src/lib/store/memory-store.js';
import { describeIpldStore } from '../contracts/ipld-store.js';

describeIpldStore('MemoryStore', () => ({
  open: (strategies) => Promise.resolve(new MemoryStore(strategies)),
}));
