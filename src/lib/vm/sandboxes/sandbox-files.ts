import { mkdirSync, readFileSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureDirectory } from '../../io/ensure-directory.js';
import { ioError } from '../../io/io-error.js';
import { removeTree } from '../../io/remove-tree.js';
import { MONITOR_FILES } from '../monitor/monitor-frame-types.js';
import type { ProcessSpec } from '../sandbox-spec.js';
import { decodeEnding, type SandboxEnding } from '../monitor/sandbox-ending.js';
import { PROCESS_FILE, sandboxDirectory, sandboxLink } from './sandbox-paths.js';

/** Neither group nor others may look inside. */
const OWNER_ONLY = 0o700;

/**
 * Makes the directory of a sandbox, which no other user may enter, and the link to it.
 *
 * @throws {MonoError} `IO_FAILED`, `DISK_FULL`
 */
export function createSandboxFiles(
  dataDirectory: string,
  { id, name }: { readonly id: string; readonly name: string },
): void {
  const directory = sandboxDirectory(dataDirectory, id);
  const link = sandboxLink(dataDirectory, name);
  try {
    ensureDirectory(join(dataDirectory, 'sandboxes', 'by-name'));
    mkdirSync(directory, { mode: OWNER_ONLY });
    rmSync(link, { force: true });
    symlinkSync(join('..', id), link);
  } catch (error) {
    throw ioError(error, 'create the directory', directory);
  }
}

/** Writes what the main process is into the directory, for those who run another beside it. */
export function writeMainProcess(directory: string, main: ProcessSpec): void {
  const path = join(directory, PROCESS_FILE);
  try {
    writeFileSync(path, JSON.stringify(main), { mode: 0o600 });
  } catch (error) {
    throw ioError(error, 'write', path);
  }
}

/** Removes the directory of a sandbox with everything in it, and the link to it. Idempotent. */
export async function removeSandboxFiles(
  dataDirectory: string,
  { id, name }: { readonly id: string; readonly name: string },
): Promise<void> {
  rmSync(sandboxLink(dataDirectory, name), { force: true });
  await removeTree(sandboxDirectory(dataDirectory, id));
}

/** Forgets how the last run ended, before the next. */
export function forgetEnding(directory: string): void {
  rmSync(join(directory, MONITOR_FILES.exit), { force: true });
}

/** Returns how the last run ended, if its monitor has recorded that. */
export function readEnding(directory: string): SandboxEnding | undefined {
  try {
    return decodeEnding(readFileSync(join(directory, MONITOR_FILES.exit)));
  } catch {
    return undefined;
  }
}

/** Removes the socket of a monitor that is gone. */
export function removeSocket(directory: string): void {
  try {
    unlinkSync(join(directory, MONITOR_FILES.socket));
  } catch {
    // It went with its monitor.
  }
}
