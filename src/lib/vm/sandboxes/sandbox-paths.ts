/*
 * Below the data directory: `sandboxes/ID/` is a sandbox's own; `sandboxes/by-name/NAME` leads to it,
 * so that a running one is reached without asking the database. A name there that leads to nothing is
 * harmless: whoever follows it then asks.
 */
import { join } from 'node:path';

/** Name of the file that says what the main process is. */
export const PROCESS_FILE = 'process.json';

/** Returns the directory of a sandbox. */
export function sandboxDirectory(dataDirectory: string, id: string): string {
  return join(dataDirectory, 'sandboxes', id);
}

/** Returns what leads to the directory of the sandbox of that name, if there is one. */
export function sandboxLink(dataDirectory: string, name: string): string {
  return join(dataDirectory, 'sandboxes', 'by-name', name);
}
