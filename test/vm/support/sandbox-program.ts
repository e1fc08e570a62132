/* Runs a sandbox that says `up` and stays: the process that no-stray-processes.test.ts kills. */
import { dirname } from 'node:path';
import { NO_DEVICES } from '../../../src/lib/vm/devices.js';
import { readHostFacts } from '../../../src/lib/vm/host-facts.js';
import { ensureInitramfs } from '../../../src/lib/vm/guest/ensure-initramfs.js';
import { ensureKernel } from '../../../src/lib/vm/kernel/ensure-kernel.js';
import { findKernelLibrary } from '../../../src/lib/vm/kernel/find-kernel-library.js';
import { createQemuVmm } from '../../../src/lib/vm/qemu/qemu-vmm.js';
import { runSandbox } from '../../../src/lib/vm/run-sandbox.js';
import { launchOn } from './launch-on.js';
import { VMM_OPTIONS } from './vmm-options.js';

const [imagePath = ''] = process.argv.slice(2);
const { cacheDirectory, guestProgram, kernel, qemu } = VMM_OPTIONS;
const facts = await readHostFacts(VMM_OPTIONS);
const vmm = createQemuVmm({
  ...qemu,
  qemu: facts.qemu ?? '',
  isRoot: facts.isRoot,
  accelerator: 'tcg',
  kernel: await ensureKernel({ library: await findKernelLibrary(kernel), cacheDirectory }),
  initramfs: await ensureInitramfs({ program: guestProgram, cacheDirectory }),
});
await runSandbox(
  {
    rootfs: { format: 'raw', path: imagePath },
    cpus: 1,
    memoryMib: 256,
    hostname: 'box',
    devices: NO_DEVICES,
    process: { argv: ['sh', '-c', 'echo up; sleep 600'], env: {}, cwd: '/', user: '' },
  },
  {
    stdin: undefined,
    stdout: (bytes) => void process.stdout.write(bytes),
    stderr: (bytes) => void process.stderr.write(bytes),
  },
  { launch: launchOn(vmm, dirname(imagePath)) },
);
