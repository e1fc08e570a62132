import { listVolumes, type VolumeListing } from '../../vm/volumes/list-volumes.js';
import { removeVolumes } from '../../vm/volumes/remove-volumes.js';
import { openVolumes } from '../compose/open-volumes.js';
import type { Context } from '../context.js';
import { printVolumes } from '../print/print-volumes.js';

export type { VolumeListing };

/** What `mono volume rm --json` prints. */
export interface RemovedVolumes {
  /** their names */
  readonly removed: readonly string[];
}

/** Lists the volumes of this user. */
export async function listVolumesCommand(context: Context): Promise<VolumeListing> {
  const volumes = openVolumes(context);
  const sandboxes = await context.sandboxes();
  const listing = await listVolumes(volumes, await sandboxes.list());
  printVolumes(context.output, listing);
  return listing;
}

/** Deletes volumes. */
export async function removeVolumesCommand(
  context: Context,
  names: readonly string[],
): Promise<RemovedVolumes> {
  const volumes = openVolumes(context);
  const sandboxes = await context.sandboxes();
  await removeVolumes(volumes, { names, sandboxes: await sandboxes.list() });
  const { red, bold } = context.output.style;
  for (const name of names) context.output.talk(`${red('-')} ${bold(name)}`);
  return { removed: names };
}
