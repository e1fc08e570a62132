import { MonoError } from '../../errors.js';
import type { SandboxRecord } from '../sandboxes/sandbox-record.js';
import { nameOfVolume } from './named-volumes.js';

/** A sandbox that mounts volumes. */
export type VolumeHolder = Pick<SandboxRecord, 'id' | 'name' | 'status'> & {
  readonly spec: Pick<SandboxRecord['spec'], 'devices'>;
};

/**
 * Refuses to start a sandbox beside one that runs with a volume of its own, unless both only read it. Of
 * two that start at once the lock of their VMMs lets one have it.
 *
 * @throws {MonoError} `VOLUME_IN_USE`
 */
export function checkVolumesFree(sandbox: VolumeHolder, all: readonly VolumeHolder[]): void {
  const others = all.filter(({ id, status }) => id !== sandbox.id && status === 'running');
  for (const { path, readOnly } of sandbox.spec.devices.disks) {
    const holder = others.find(({ spec }) =>
      spec.devices.disks.some((disk) => disk.path === path && !(disk.readOnly && readOnly)),
    );
    if (holder) throw inUse(nameOfVolume(path), { sandbox: sandbox.name, holder: holder.name });
  }
}

function inUse(name: string, { sandbox, holder }: { sandbox: string; holder: string }): MonoError {
  return new MonoError(
    'VOLUME_IN_USE',
    `Cannot start \`${sandbox}\` with the volume \`${name}\`: \`${holder}\` runs with it`,
    {
      details: { name, sandboxes: [holder] },
      hint: `Stop that first, \`mono stop ${holder}\`, or mount the volume with \`:ro\` in both.`,
    },
  );
}
