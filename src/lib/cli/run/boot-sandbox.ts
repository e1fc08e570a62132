import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { ensureDirectory } from '../../io/ensure-directory.js';
import { EPHEMERAL, launchMachine } from '../../vm/monitor/monitored-machine.js';
import { openVmm } from '../../vm/open-vmm.js';
import { runSandbox } from '../../vm/run-sandbox.js';
import type { SandboxIo, SandboxSpec } from '../../vm/sandbox-spec.js';
import type { Output } from '../terminal/output.js';

/** Where booting finds what it needs. */
export interface BootOptions {
  /** directory of the package, with what it brings for guests */
  readonly programRoot: string;
  readonly cacheDirectory: string;
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** Boots a machine on the best VMM of this host and returns the exit code of its command. */
export async function bootSandbox(
  spec: SandboxSpec,
  io: SandboxIo,
  options: BootOptions,
): Promise<number> {
  const { programRoot, cacheDirectory, output, signal } = options;
  const { vmm, note } = await openVmm({
    kernel: {
      explicit: process.env['MONO_KERNEL'],
      fetched: [join(programRoot, 'build/kernel'), join(cacheDirectory, 'kernel')],
    },
    guestProgram: process.env['MONO_GUEST'] ?? join(programRoot, 'build/native/mono-guest'),
    cacheDirectory,
    searchPath: process.env['PATH'] ?? '',
  });
  if (note !== undefined && (await isNew(note, cacheDirectory))) output.warn(note);
  const monitor = process.env['MONO_MONITOR'] ?? join(programRoot, 'build/native/mono-monitor');
  ensureDirectory(cacheDirectory);
  const directory = await mkdtemp(join(cacheDirectory, 'machine-'));
  try {
    const exit = await runSandbox(spec, io, {
      launch: (machine) => launchMachine(machine, { vmm, monitor, directory, watch: EPHEMERAL }),
      signal,
    });
    return exit.code;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Whether this note was never told on this machine: it would only be noise from then on. */
async function isNew(note: string, cacheDirectory: string): Promise<boolean> {
  const directory = join(cacheDirectory, 'notes');
  const name = createHash('sha256').update(note).digest('hex').slice(0, 16);
  try {
    ensureDirectory(directory);
    await writeFile(join(directory, name), `${note}\n`, { flag: 'wx' });
    return true;
  } catch {
    return false;
  }
}
