/*
 * Whatever becomes of the process that has started a machine, QEMU does not outlive it. Each case
 * runs that process as a child, kills it with SIGKILL while the guest runs, and looks for QEMU.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { useSandboxBench } from './support/sandbox-bench.js';

const bench = useSandboxBench();
const PROGRAM = join(import.meta.dirname, 'support/sandbox-program.ts');

/** Process ids of the QEMU that uses the image. */
function machinesOf(imagePath: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter(
      (pid) => commandLine(pid).includes('qemu-system') && commandLine(pid).includes(imagePath),
    )
    .map(Number);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

async function machinesAfterKill(options: { setpriv: boolean }): Promise<number[]> {
  const { imagePath } = bench();
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', PROGRAM, imagePath, options.setpriv ? 'setpriv' : 'plain'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await once(child.stdout, 'data');
  expect(machinesOf(imagePath)).toHaveLength(1);
  child.kill('SIGKILL');
  await once(child, 'exit');
  for (let tries = 0; tries < 200 && machinesOf(imagePath).length > 0; tries++) await sleep(50);
  return machinesOf(imagePath);
}

describe('a process that is killed while its machine runs', () => {
  it('takes QEMU with it through the kernel', async () => {
    expect(await machinesAfterKill({ setpriv: true })).toEqual([]);
  });

  it('takes QEMU with it through the guest where setpriv is missing', async () => {
    expect(await machinesAfterKill({ setpriv: false })).toEqual([]);
  });
});
