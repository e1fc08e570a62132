import { homedir } from 'node:os';
import { parse } from 'node:path';
import type { Context } from '../context.js';

/** The project that an install works on. */
export interface InstallPlace {
  readonly directory: string;
  /** whether the install starts the project */
  readonly create: boolean;
}

/**
 * Returns the project that an install works on. Adding images where there is no project starts one
 * in the working directory, except in a home directory and in the root of the filesystem, where
 * hardly anybody means to.
 *
 * @throws {MonoError} `PROJECT_NOT_FOUND`
 */
export async function installPlace(
  context: Context,
  options: { readonly global: boolean; readonly isAdding: boolean },
): Promise<InstallPlace> {
  const { directory } = context;
  const isNew = !options.global && (await context.nearestProject()) === undefined;
  if (isNew && options.isAdding && !isNobodysProject(directory)) {
    return { directory, create: true };
  }
  return { directory: await context.projectDirectory(options), create: false };
}

function isNobodysProject(directory: string): boolean {
  return directory === homedir() || directory === parse(directory).root;
}
