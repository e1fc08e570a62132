import { NO_DEVICES } from '../../../src/lib/vm/devices.js';
import type { SandboxSpec } from '../../../src/lib/vm/sandbox-spec.js';
import type { NewSandbox } from '../../../src/lib/vm/sandboxes/sandboxes.js';

/** A sandbox that nothing can start. */
export const SPEC: SandboxSpec = {
  rootfs: { format: 'raw', path: '/image' },
  cpus: 1,
  memoryMib: 256,
  hostname: 'box',
  devices: NO_DEVICES,
  process: { argv: ['true'], env: {}, cwd: '/', user: '' },
};

/** Returns what a sandbox of that name is made of. */
export function newSandbox(name: string, overrides: Partial<NewSandbox> = {}): NewSandbox {
  return {
    names: [name],
    image: 'busybox',
    root: 'bafyroot',
    stopSignal: 'SIGTERM',
    timeoutSeconds: 0,
    removeAtEnd: false,
    spec: () => Promise.resolve(SPEC),
    ...overrides,
  };
}
