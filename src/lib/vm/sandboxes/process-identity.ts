import { readFileSync } from 'node:fs';

/** One process of one start of one machine: a process id alone is soon another's. */
export interface ProcessIdentity {
  readonly pid: number;
  /** when it started, in ticks since the host did (field 22 of proc_pid_stat(5)) */
  readonly startTicks: string;
  /** the host's own id of this start of it */
  readonly bootId: string;
}

/** Field 22, where field 3 is the first after the name in parentheses. */
const START_TIME_INDEX = 22 - 3;
const STATE_INDEX = 0;
/** What has ended and was not yet waited for. */
const ENDED_STATES = new Set(['Z', 'X']);

let bootId: string | undefined;

/** Returns the identity of a process that runs, or undefined. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const fields = readStat(pid);
  const startTicks = fields?.[START_TIME_INDEX];
  if (startTicks === undefined || ENDED_STATES.has(fields?.[STATE_INDEX] ?? '')) return undefined;
  return { pid, startTicks, bootId: readBootId() };
}

/** Returns whether that very process runs. */
export function isAlive(identity: ProcessIdentity): boolean {
  const now = identityOf(identity.pid);
  return now?.startTicks === identity.startTicks && now.bootId === identity.bootId;
}

/** The name of a program may hold parentheses and spaces itself, so the last `)` counts. */
function readStat(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

function readBootId(): string {
  try {
    bootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    bootId ??= '';
  }
  return bootId;
}
