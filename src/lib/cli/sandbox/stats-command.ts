import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { guestServices } from '../../vm/sandboxes/guest-services.js';
import { parseStatistics, type GuestStatistics } from '../../vm/sandboxes/guest-statistics.js';
import { reachIn } from '../../vm/sandboxes/reach-sandbox.js';
import type { SandboxRecord } from '../../vm/sandboxes/sandbox-record.js';
import type { Sandboxes } from '../../vm/sandboxes/sandboxes.js';
import type { Context } from '../context.js';

/** Between the two looks that the use of processors comes from, in `ms`. */
const INTERVAL_MS = 500;
/** Size of a page of every host that machines run on, in `bytes`. */
const PAGE_BYTES = 4096;

/** What `mono stats --json` says about a sandbox that runs. */
export interface SandboxStatistics {
  readonly id: string;
  readonly name: string;
  /** of all its processors, over half a second */
  readonly cpuPercent: number;
  readonly cpus: number;
  /** what is in use in the guest, of what it has */
  readonly memoryBytes: number;
  readonly memoryLimitBytes: number;
  /** what the VMM and the monitor have in the memory of the host */
  readonly hostMemoryBytes: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

/** Returns what the sandboxes use; without names, all that run. */
export async function statsCommand(
  context: Context,
  namesOrIds: readonly string[],
): Promise<{ readonly sandboxes: readonly SandboxStatistics[] }> {
  const sandboxes = await context.sandboxes();
  const wanted =
    namesOrIds.length === 0
      ? (await sandboxes.list()).filter(({ status }) => status === 'running')
      : await Promise.all(namesOrIds.map((it) => sandboxes.find(it)));
  const found = await Promise.all(wanted.map((sandbox) => measure(sandbox, sandboxes)));
  return { sandboxes: found.filter((it) => it !== undefined) };
}

/** Undefined for one that has ended meanwhile. */
async function measure(
  sandbox: SandboxRecord,
  sandboxes: Sandboxes,
): Promise<SandboxStatistics | undefined> {
  const directory = sandboxes.directoryOf(sandbox);
  const before = await look(directory);
  await sleep(INTERVAL_MS);
  const after = await look(directory);
  if (!before || !after) return undefined;
  const totalTicks = after.guest.totalTicks - before.guest.totalTicks;
  const idleTicks = after.guest.idleTicks - before.guest.idleTicks;
  const { memoryBytes, memoryLimitBytes, receivedBytes, sentBytes } = after.guest;
  const monitorBytes = await residentBytes(sandbox.monitor?.pid ?? 0);
  return {
    id: sandbox.id,
    name: sandbox.name,
    cpuPercent: totalTicks > 0 ? Math.round((1 - idleTicks / totalTicks) * 1000) / 10 : 0,
    cpus: sandbox.spec.cpus,
    memoryBytes,
    memoryLimitBytes,
    hostMemoryBytes: (await residentBytes(after.vmmPid)) + monitorBytes,
    receivedBytes,
    sentBytes,
  };
}

async function look(
  directory: string,
): Promise<{ readonly guest: GuestStatistics; readonly vmmPid: number } | undefined> {
  const reached = await reachIn(directory);
  if (!reached) return undefined;
  const { connection } = reached;
  try {
    const { vmmPid } = await connection.greeting;
    return { guest: parseStatistics(await guestServices(connection).statistics()), vmmPid };
  } finally {
    connection.close();
  }
}

/** Returns the resident memory of a process of the host, 0 where that cannot be known. */
async function residentBytes(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/statm`, 'latin1').catch(() => '');
  return (Number(text.split(' ')[1]) || 0) * PAGE_BYTES;
}
