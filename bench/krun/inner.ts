/*
 * Runs inside an outer machine: times krun machines from their start to the end of `true`, in turn with
 * the bare launcher, and adds up what a running machine takes of the host's memory.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { readDiskParts } from '../../src/lib/vm/disk-parts.js';
import { NO_DEVICES } from '../../src/lib/vm/devices.js';
import { ensureInitramfs } from '../../src/lib/vm/guest/ensure-initramfs.js';
import { COMMAND_LINE, createKrunVmm } from '../../src/lib/vm/krun/krun-vmm.js';
import { encodeConfiguration } from '../../src/lib/vm/krun/launcher-configuration.js';
import { EPHEMERAL, launchMachine } from '../../src/lib/vm/monitor/monitored-machine.js';
import { runSandbox } from '../../src/lib/vm/run-sandbox.js';
import type { InnerOptions } from '../../test/vm/nested/inner-options.js';
import { sumMemory, type ProcessMemory } from './sum-memory.js';

const MEMORY_MIB = 256;
/** What leads past the initramfs. */
const BARE_ROOT = 'rdinit=/none root=/dev/vda rootfstype=erofs ro init=/bin/true';
/** The programs that are a krun machine, as /proc names their files. */
const PROGRAMS = /\/mono-(?:krun|monitor)$/m;

const exchange = dirname(process.argv[1] ?? '');
const options = JSON.parse(readFileSync(join(exchange, 'options.json'), 'utf8')) as InnerOptions & {
  readonly rounds: number;
};
const { launcher, library, kernel, monitor, guestProgram, image } = options;
const directory = mkdtempSync(join(tmpdir(), 'bench-'));
const initramfs = await ensureInitramfs({ program: guestProgram, cacheDirectory: directory });
const vmm = createKrunVmm({ launcher, library, kernel, initramfs });
const rootfs = image.disk;

for (let round = 0; round < options.rounds; round++) {
  report({ name: 'bare launcher', milliseconds: await timed(runBare) });
  report({ name: 'mono', milliseconds: await timed(() => runProcess(['true'])) });
}
await runProcess(['sh', '-c', 'echo up; read -r line'], () => report({ memory: readMemory() }));
process.exit(0);

function report(line: object): void {
  appendFileSync(join(exchange, 'results.jsonl'), `${JSON.stringify(line)}\n`);
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

/** The same kernel and image, with `true` as the first and only program. */
async function runBare(): Promise<void> {
  const configuration = encodeConfiguration({
    ...{ library, kernel, initramfs, cpus: 1, memoryMib: MEMORY_MIB, sockets: undefined },
    ...{ image: { parts: await readDiskParts(rootfs) }, disks: [], volumes: [] },
    commandLine: `${COMMAND_LINE} ${BARE_ROOT}`,
  });
  const child = spawn(launcher, [], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    env: {},
  });
  (child.stdio[4] as Writable).end(configuration);
  await once(child, 'exit');
}

/** Runs a process and ends its input when it has written something. */
async function runProcess(argv: readonly string[], onOutput?: () => void): Promise<void> {
  let seen: () => void = () => undefined;
  const output = new Promise<void>((resolve) => (seen = resolve));
  const process = { argv, env: {}, cwd: '/', user: '' };
  const spec = { rootfs, cpus: 1, memoryMib: MEMORY_MIB, hostname: 'box', devices: NO_DEVICES };
  await runSandbox(
    { ...spec, process },
    {
      stdin: onOutput && inputUntil(output),
      stdout: () => {
        onOutput?.();
        seen();
      },
      stderr: () => undefined,
    },
    {
      launch: async (machine) => {
        const place = mkdtempSync(join(directory, 'machine-'));
        return launchMachine(machine, { vmm, monitor, directory: place, watch: EPHEMERAL });
      },
    },
  );
}

async function* inputUntil(moment: Promise<void>): AsyncGenerator<Uint8Array> {
  await moment;
  yield Buffer.from('\n');
}

/** What the processes of the machine that runs take of the host's memory. */
function readMemory(): ProcessMemory[] {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return processes.flatMap((pid) => {
    const maps = readIfThere(`/proc/${pid}/maps`);
    const name = PROGRAMS.exec(maps)?.[0].slice(1);
    if (name === undefined) return [];
    return [sumMemory(name, readFileSync(`/proc/${pid}/smaps`, 'utf8'), MEMORY_MIB)];
  });
}

/** Processes come and go while they are looked at. */
function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
