import { homedir } from 'node:os';
import { isStamped } from '../../project/install/install-stamp.js';
import { resolveDirectories } from '../directories.js';
import type { Program } from './program.js';

/** Returns whether `mono install` in the working directory, without arguments, has nothing to do. */
export function isUnchangedInstall({ version }: Program): boolean {
  const { data, configFile } = resolveDirectories(process.env, homedir());
  const context = { dataDirectory: data, configFile, version, architecture: process.arch };
  return isStamped(process.cwd(), context);
}
