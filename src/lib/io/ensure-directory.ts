import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { ioError } from './io-error.js';

/**
 * Makes sure that `path` is a directory, and creates the missing ones above it. Node's own recursive
 * form never returns where a file system answers "no such file" to every creation, as /proc does.
 *
 * @throws {MonoError} `IO_FAILED`, `DISK_FULL`
 */
export function ensureDirectory(path: string): void {
  try {
    create(path);
  } catch (error) {
    throw ioError(error, 'create the directory', path);
  }
}

function create(path: string): void {
  if (isDirectory(path)) return;
  const parent = dirname(path);
  if (parent !== path) create(parent);
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process may have been quicker.
    if (!isDirectory(path)) throw error;
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
