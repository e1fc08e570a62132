import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { MonitorConnection } from './monitor-connection.js';
import { MONITOR_FILES } from './monitor-frame-types.js';

/** Longest path that a socket's address takes on Linux and on macOS, in `bytes`. */
const MAX_SOCKET_PATH_BYTES = 103;

/** Returns a connection to the monitor of the sandbox in `directory`, or undefined if none serves. */
export async function connectMonitor(directory: string): Promise<MonitorConnection | undefined> {
  const path = join(directory, MONITOR_FILES.socket);
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES) return connectTo(path);
  // The directory is reached by its descriptor, whatever the length of its path.
  const held = openIfPresent(directory);
  if (held === undefined) return undefined;
  try {
    return await connectTo(`/proc/self/fd/${held}/${MONITOR_FILES.socket}`);
  } finally {
    closeSync(held);
  }
}

function openIfPresent(directory: string): number | undefined {
  try {
    return openSync(directory, 'r');
  } catch {
    return undefined;
  }
}

async function connectTo(path: string): Promise<MonitorConnection | undefined> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
  } catch {
    return undefined;
  }
  return new MonitorConnection(socket);
}
