import { isMonoError } from '../../errors.js';
import { sandboxChanges, type SandboxChanges } from '../../project/changes/sandbox-changes.js';
import { findTree, type FoundTree } from '../../project/compare/find-tree.js';
import { writtenArchive } from '../../vm/sandboxes/written-archive.js';
import { treePlaces } from '../compose/tree-places.js';
import type { Context } from '../context.js';
import { holdOptions } from './with-guest-services.js';

/**
 * Stores the root filesystem of a sandbox as it is now.
 *
 * @throws {MonoError} `SANDBOX_NOT_FOUND`; as `writtenArchive` and `sandboxChanges`
 */
export async function changesOfSandbox(
  context: Context,
  nameOrId: string,
): Promise<SandboxChanges> {
  const sandbox = await (await context.sandboxes()).find(nameOrId);
  const { store } = await context.imageStore('writing');
  const { signal } = context;
  const archive = writtenArchive(sandbox, await holdOptions(context, sandbox));
  const places = await treePlaces(context);
  return sandboxChanges({ store, places, archive, signal }, sandbox);
}

/** What a command that compares was given. */
export interface ComparedNames {
  readonly a: string;
  /** left out: `a` is a sandbox */
  readonly b?: string | undefined;
  /** platform of images */
  readonly platform?: string | undefined;
}

/**
 * Returns the two trees to compare: each an image or version, or else a sandbox as it is now; for a
 * sandbox alone, what it was started from and what it is now.
 *
 * @throws {MonoError} as `findTree` for what is no sandbox either; as `changesOfSandbox`
 */
export async function treesToCompare(
  context: Context,
  { a, b, platform }: ComparedNames,
): Promise<{ readonly before: FoundTree; readonly after: FoundTree }> {
  if (b === undefined) {
    const { base, after } = await changesOfSandbox(context, a);
    return { before: base, after };
  }
  const before = await findTreeOrSandbox(context, a, platform);
  return { before, after: await findTreeOrSandbox(context, b, platform) };
}

/** A name that nothing else has may be that of a sandbox. */
async function findTreeOrSandbox(
  context: Context,
  target: string,
  platform?: string,
): Promise<FoundTree> {
  try {
    return await findTree(target, await treePlaces(context, platform));
  } catch (error) {
    if (!isMonoError(error, 'IMAGE_NOT_FOUND') && !isMonoError(error, 'VERSION_NOT_FOUND')) {
      throw error;
    }
    if (!(await isSandbox(context, target))) throw error;
  }
  return (await changesOfSandbox(context, target)).after;
}

async function isSandbox(context: Context, nameOrId: string): Promise<boolean> {
  try {
    await (await context.sandboxes()).find(nameOrId);
    return true;
  } catch (error) {
    if (isMonoError(error, 'SANDBOX_NOT_FOUND')) return false;
    throw error;
  }
}
