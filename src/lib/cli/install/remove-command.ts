import { Args } from '@oclif/core';
import { remove, type RemoveRequest, type RemoveResult } from '../../project/install/remove.js';
import type { Context } from '../context.js';
import { dryRunFlag, globalFlag } from '../shared-flags.js';

/** The arguments of `remove` and its long forms. */
export const REMOVE_ARGS = {
  name: Args.string({
    name: 'NAME',
    description: 'names in mono.yaml',
    required: true,
    ignoreStdin: true,
  }),
};

/** The flags of `remove` and its long forms. */
export const REMOVE_FLAGS = {
  global: globalFlag(),
  'dry-run': dryRunFlag(),
};

/** What the command line of a removal says. */
export interface RemoveOptions {
  readonly names: readonly string[];
  readonly kind?: RemoveRequest['kind'];
  readonly global: boolean;
  readonly 'dry-run': boolean;
}

/** Takes images and sandboxes out of the project and tells about it. */
export async function runRemove(context: Context, options: RemoveOptions): Promise<RemoveResult> {
  const request: RemoveRequest = {
    directory: await context.projectDirectory(options),
    names: options.names,
    kind: options.kind,
    dryRun: options['dry-run'],
  };
  const result = await remove(request, context.saveServices());
  const { red, bold } = context.output.style;
  for (const name of [...result.images, ...result.sandboxes]) {
    context.output.talk(`${red('-')} ${bold(name)}`);
  }
  if (request.dryRun) context.output.talk('Nothing was done (dry run)');
  else if (result.images.length > 0) context.output.talk('`mono gc` frees the space');
  return result;
}
