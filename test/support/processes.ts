import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A process of this machine. */
export interface FoundProcess {
  readonly pid: number;
  /** the program's own name for itself, at most 15 bytes */
  readonly name: string;
}

/** Returns the processes that work below the directory, or have been started with its name. */
export function processesOf(directory: string): FoundProcess[] {
  const pids = readdirSync('/proc').filter(
    (name) => /^\d+$/.test(name) && name !== `${process.pid}`,
  );
  return pids.flatMap((pid) => {
    try {
      const worksThere = readlinkSync(`/proc/${pid}/cwd`).startsWith(directory);
      const isOf = worksThere || read(pid, 'cmdline').includes(directory);
      return isOf ? [{ pid: Number(pid), name: read(pid, 'comm').trim() }] : [];
    } catch {
      return []; // it has ended meanwhile
    }
  });
}

function read(pid: string, file: string): string {
  return readFileSync(`/proc/${pid}/${file}`, 'latin1');
}
