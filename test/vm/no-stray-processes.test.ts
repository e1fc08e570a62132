/*
 * Whatever becomes of the processes that belong to a machine, none outlives the others. Each case runs
 * a process that starts a machine, kills one of them with SIGKILL while the guest runs, and looks for
 * what is left.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { useSandboxBench } from './support/sandbox-bench.js';

const bench = useSandboxBench();
const PROGRAM = join(import.meta.dirname, 'support/sandbox-program.ts');

interface Processes {
  readonly machines: readonly number[];
  readonly monitors: readonly number[];
}

/** The processes of the machine that uses the image: QEMU, and the monitor beside the image. */
function processesOf(imagePath: string): Processes {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const machines = pids.filter((pid) => /qemu-system[^]*root\.erofs/.test(commandLine(pid)));
  const monitors = pids.filter((pid) => commandLine(pid).includes('mono-monitor'));
  return {
    machines: machines.filter((pid) => commandLine(pid).includes(imagePath)).map(Number),
    monitors: monitors.filter((pid) => directoryOf(pid).startsWith(dirname(imagePath))).map(Number),
  };
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

function directoryOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}

/** `ended` is there from the start: the program may end before anybody asks how. */
async function startProgram(): Promise<{
  child: ChildProcess;
  ended: Promise<unknown[]>;
  said: Promise<string>;
  processes: Processes;
}> {
  const { imagePath } = bench();
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, imagePath], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  const said = text(child.stderr);
  await once(child.stdout, 'data');
  const processes = processesOf(imagePath);
  expect(processes.machines).toHaveLength(1);
  expect(processes.monitors).toHaveLength(1);
  return { child, ended, said, processes };
}

async function whatIsLeft(): Promise<Processes> {
  const { imagePath } = bench();
  for (let tries = 0; ; tries++) {
    const left = processesOf(imagePath);
    if (tries === 200 || left.machines.length + left.monitors.length === 0) return left;
    await sleep(50);
  }
}

describe('the processes of a machine', () => {
  it('end with the process that started them', async () => {
    const { child } = await startProgram();

    child.kill('SIGKILL');

    expect(await whatIsLeft()).toEqual({ machines: [], monitors: [] });
  });

  it('end with their monitor', async () => {
    const { ended, said, processes } = await startProgram();

    process.kill(processes.monitors[0]!, 'SIGKILL');

    expect(await whatIsLeft()).toEqual({ machines: [], monitors: [] });
    expect(await ended).toEqual([1, null]);
    expect(await said).toContain('before its command ended: its monitor has gone');
  });

  it('end with the VMM', async () => {
    const { ended, said, processes } = await startProgram();

    process.kill(processes.machines[0]!, 'SIGKILL');

    expect(await whatIsLeft()).toEqual({ machines: [], monitors: [] });
    expect(await ended).toEqual([1, null]);
    expect(await said).toContain('before its command ended: its VMM was killed by SIGKILL');
  });
});
