import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectMonitor } from '../monitor/connect-monitor.js';
import type { MonitorConnection } from '../monitor/monitor-connection.js';
import { PROCESS_FILE, sandboxDirectory, sandboxLink } from './sandbox-paths.js';
import type { ProcessSpec } from '../sandbox-spec.js';

/** A sandbox that answers. */
export interface ReachedSandbox {
  readonly connection: MonitorConnection;
  /** its main process: what other processes in it have unless they say otherwise */
  readonly main: ProcessSpec;
}

/** What may be the name or the id of a sandbox, and is safe in a path. */
const NAME_OR_ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;

/**
 * Returns a connection to the sandbox that runs under a name or an id, without asking the database;
 * undefined when none is reached that way.
 */
export async function reachSandbox(
  dataDirectory: string,
  nameOrId: string,
): Promise<ReachedSandbox | undefined> {
  if (!NAME_OR_ID.test(nameOrId)) return undefined;
  return (
    (await reachIn(sandboxLink(dataDirectory, nameOrId))) ??
    (await reachIn(sandboxDirectory(dataDirectory, nameOrId)))
  );
}

/** Returns a connection to the sandbox in `directory`, undefined when nobody answers there. */
export async function reachIn(directory: string): Promise<ReachedSandbox | undefined> {
  const connection = await connectMonitor(directory);
  const main = connection && readMainProcess(directory);
  if (connection && main) return { connection, main };
  connection?.close();
  return undefined;
}

/** Reads at once: to load what reads promises takes longer than to read. */
function readMainProcess(directory: string): ProcessSpec | undefined {
  try {
    return JSON.parse(readFileSync(join(directory, PROCESS_FILE), 'utf8')) as ProcessSpec;
  } catch {
    return undefined;
  }
}
