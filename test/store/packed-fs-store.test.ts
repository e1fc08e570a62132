import { PackedFsStore } from '../../src/lib/store/packed-fs-store.js';
import { describeIpldStore } from '../contracts/ipld-store.js';
import { useTemporaryDirectory } from '../support/temporary-directory.js';

const temporaryDirectory = useTemporaryDirectory();

describeIpldStore('PackedFsStore', () => ({
  open: (strategies) => PackedFsStore.open({ path: temporaryDirectory(), ...strategies }),
}));
