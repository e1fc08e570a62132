import { exitOfEnding } from '../../vm/monitor/sandbox-ending.js';
import { TIMED_OUT_EXIT_CODE } from '../../vm/sandboxes/start-sandbox.js';
import type { SandboxRecord } from '../../vm/sandboxes/sandbox-record.js';

/** What `mono ps --json` says about a sandbox; times are ISO 8601. */
export interface SandboxSummary {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly root: string;
  readonly status: SandboxRecord['status'];
  readonly created: string;
  /** null when it has never run */
  readonly started: string | null;
  /** null while it runs */
  readonly ended: string | null;
  /** what `mono run` would have returned; null while it runs */
  readonly exitCode: number | null;
  readonly command: readonly string[];
  readonly vmm: string | null;
  readonly cpus: number;
  readonly memoryMib: number;
  /** as `-p` takes them */
  readonly ports: readonly string[];
}

/** Returns what is told about a sandbox. */
export function summaryOf(sandbox: SandboxRecord): SandboxSummary {
  const { spec, ending, startedMs } = sandbox;
  return {
    id: sandbox.id,
    name: sandbox.name,
    image: sandbox.image,
    root: sandbox.root,
    status: sandbox.status,
    created: new Date(sandbox.createdMs).toISOString(),
    started: startedMs === undefined ? null : new Date(startedMs).toISOString(),
    ended: ending ? new Date(ending.atMs).toISOString() : null,
    exitCode: exitCodeOf(sandbox) ?? null,
    command: spec.process.argv,
    vmm: sandbox.vmm ?? null,
    cpus: spec.cpus,
    memoryMib: spec.memoryMib,
    ports: spec.devices.ports.map(
      ({ hostAddress, hostPort, guestPort, protocol }) =>
        `${hostAddress}:${hostPort}:${guestPort}/${protocol}`,
    ),
  };
}

/** Returns the exit code of a sandbox that has ended. */
export function exitCodeOf({ ending }: Pick<SandboxRecord, 'ending'>): number | undefined {
  if (!ending) return undefined;
  return ending.timedOut ? TIMED_OUT_EXIT_CODE : exitOfEnding(ending).code;
}
