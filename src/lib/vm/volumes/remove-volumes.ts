import { MonoError } from '../../errors.js';
import { usersOf, type VolumeUser } from './list-volumes.js';
import { unknownVolume, type NamedVolumes } from './named-volumes.js';

/**
 * Deletes volumes, all of them or, when one is unknown or used by a sandbox, none.
 *
 * @throws {MonoError} `VOLUME_UNKNOWN`, `VOLUME_IN_USE`, `IO_FAILED`
 */
export async function removeVolumes(
  volumes: Pick<NamedVolumes, 'list' | 'remove'>,
  request: { readonly names: readonly string[]; readonly sandboxes: readonly VolumeUser[] },
): Promise<void> {
  const known = await volumes.list();
  for (const name of request.names) {
    const volume = known.find((it) => it.name === name);
    if (!volume) throw unknownVolume(name);
    const users = usersOf(volume, request.sandboxes);
    if (users.length > 0) throw inUse(name, users);
  }
  for (const name of new Set(request.names)) await volumes.remove(name);
}

function inUse(name: string, sandboxes: readonly string[]): MonoError {
  return new MonoError(
    'VOLUME_IN_USE',
    `Cannot remove the volume \`${name}\`: a sandbox mounts it: ${sandboxes.join(', ')}`,
    {
      details: { name, sandboxes },
      hint: `Remove that first: \`mono rm ${sandboxes.join(' ')}\`.`,
    },
  );
}
