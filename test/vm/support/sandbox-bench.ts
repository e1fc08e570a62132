import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { NO_DEVICES } from '../../../src/lib/vm/devices.js';
import { openVmm } from '../../../src/lib/vm/open-vmm.js';
import { runSandbox } from '../../../src/lib/vm/run-sandbox.js';
import type {
  ProcessSpec,
  SandboxExit,
  SandboxIo,
  SandboxSpec,
} from '../../../src/lib/vm/sandbox-spec.js';
import type { Vmm } from '../../../src/lib/vm/vmm.js';
import { launchOn } from './launch-on.js';
import { file, type TestEntry } from '../../rootfs/support/test-tree.js';
import { writeBusyboxImage } from './busybox-image.js';
import { VMM_OPTIONS } from './vmm-options.js';

/** What a sandbox has written and how it ended. */
export interface SandboxResult {
  readonly exit: SandboxExit;
  readonly stdout: string;
  readonly stderr: string;
}

/** Overrides for one run. */
export interface RunOverrides {
  readonly process?: Partial<ProcessSpec>;
  readonly spec?: Partial<Omit<SandboxSpec, 'process'>>;
  readonly io?: Partial<SandboxIo>;
  readonly signal?: AbortSignal;
}

/** Real machines on a small image, for the tests of one file. */
export interface SandboxBench {
  readonly vmm: Vmm;
  readonly imagePath: string;
  readonly directory: string;
  spec(argv: readonly string[], overrides?: RunOverrides): SandboxSpec;
  /** Boots a machine, runs `argv` and collects what it writes, as Latin-1 text. */
  run(argv: readonly string[], overrides?: RunOverrides): Promise<SandboxResult>;
}

const EXTRA: Record<string, TestEntry> = {
  'etc/not-executable': file(Buffer.from('text\n'), { mode: 0o644 }),
  'bin/no-format': file(Buffer.from('neither ELF nor a script\n'), { mode: 0o755 }),
};

/** Prepares the VMM and the image once for the calling file. */
export function useSandboxBench(): () => SandboxBench {
  let bench: SandboxBench | undefined;
  let directory = '';
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'mono-vm-'));
    const imagePath = join(directory, 'root.erofs');
    const [{ vmm }] = await Promise.all([
      openVmm(VMM_OPTIONS),
      writeBusyboxImage(imagePath, EXTRA),
    ]);
    bench = benchOf(vmm, { imagePath, directory });
  });
  afterAll(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return () => {
    if (!bench) throw new Error('the bench is set up before the tests of the file run');
    return bench;
  };
}

function benchOf(vmm: Vmm, paths: { imagePath: string; directory: string }): SandboxBench {
  const spec: SandboxBench['spec'] = (argv, overrides = {}) => ({
    rootfs: { format: 'raw', path: paths.imagePath },
    cpus: 1,
    memoryMib: 256,
    hostname: 'box',
    devices: NO_DEVICES,
    ...overrides.spec,
    process: { argv, env: {}, cwd: '/', user: '', ...overrides.process },
  });
  return {
    vmm,
    ...paths,
    spec,
    async run(argv, overrides = {}) {
      const output: Uint8Array[] = [];
      const errorOutput: Uint8Array[] = [];
      const io: SandboxIo = {
        stdin: undefined,
        stdout: (bytes) => void output.push(bytes),
        stderr: (bytes) => void errorOutput.push(bytes),
        ...overrides.io,
      };
      const exit = await runSandbox(spec(argv, overrides), io, {
        launch: launchOn(vmm, paths.directory),
        signal: overrides.signal,
      });
      return { exit, stdout: latin1(output), stderr: latin1(errorOutput) };
    },
  };
}

function latin1(pieces: readonly Uint8Array[]): string {
  return Buffer.concat(pieces).toString('latin1');
}
