import { join } from 'node:path';
import { NamedVolumes } from '../../vm/volumes/named-volumes.js';
import type { Context } from '../context.js';

/** Returns the volumes of this user. */
export function openVolumes({ directories, machinePlaces }: Context): NamedVolumes {
  const directory = join(directories.data, 'volumes');
  return new NamedVolumes({ directory, template: machinePlaces.diskTemplate });
}
