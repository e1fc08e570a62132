import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { cpus, release, tmpdir, totalmem } from 'node:os';
import { PAGE_CACHE_SWITCH } from './page-cache.js';

/** What a reader must know of the machine, and of what ran on it, to place the figures. */
export function describeMachine() {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cpuCount: processors.length,
    memoryGib: Math.round(totalmem() / 1024 ** 3),
    kernel: release(),
    scratchFilesystem: firstLine('stat', ['-f', '-c', '%T', tmpdir()]),
    pageCacheDropped: mayWrite(PAGE_CACHE_SWITCH),
    node: process.version,
    podman: firstLine('podman', ['--version']),
    qemu: firstLine('qemu-system-x86_64', ['--version']),
    commit: firstLine('git', ['-C', import.meta.dirname, 'describe', '--always', '--dirty']),
    date: new Date().toISOString(),
  };
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function firstLine(program: string, argv: readonly string[]): string {
  try {
    const stdio = ['ignore', 'pipe', 'ignore'] as const;
    return execFileSync(program, argv, { encoding: 'utf8', stdio: [...stdio] }).split('\n')[0]!;
  } catch {
    return 'not here';
  }
}
