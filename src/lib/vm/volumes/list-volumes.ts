import type { SandboxSpec } from '../sandbox-spec.js';
import type { NamedVolume, NamedVolumes } from './named-volumes.js';

/** The volumes of this user, as `mono volume ls --json` prints them. */
export interface VolumeListing {
  readonly volumes: readonly ListedVolume[];
}

/** A volume and who uses it. */
export interface ListedVolume {
  readonly name: string;
  /** what it takes on this host, in `bytes` */
  readonly storedBytes: number;
  /** names of the sandboxes that mount it, running or not */
  readonly sandboxes: readonly string[];
}

/** A sandbox that may use volumes. */
export interface VolumeUser {
  readonly name: string;
  readonly spec: Pick<SandboxSpec, 'devices'>;
}

/**
 * Returns the volumes that there are, by name.
 *
 * @throws {MonoError} `IO_FAILED`
 */
export async function listVolumes(
  volumes: Pick<NamedVolumes, 'list'>,
  sandboxes: readonly VolumeUser[],
): Promise<VolumeListing> {
  const listed = (await volumes.list()).map((volume) => ({
    name: volume.name,
    storedBytes: volume.storedBytes,
    sandboxes: usersOf(volume, sandboxes),
  }));
  return { volumes: listed };
}

/** Returns the names of the sandboxes that mount a volume. */
export function usersOf({ path }: NamedVolume, sandboxes: readonly VolumeUser[]): string[] {
  return sandboxes
    .filter(({ spec }) => spec.devices.disks.some((disk) => disk.path === path))
    .map(({ name }) => name);
}
