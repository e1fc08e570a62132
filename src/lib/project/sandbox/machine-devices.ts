import { stat } from 'node:fs/promises';
import { MonoError } from '../../errors.js';
import type { MachineDevices, RootWrites } from '../../vm/devices.js';
import type { NamedVolumes } from '../../vm/volumes/named-volumes.js';
import type { SandboxDevices } from './device-settings.js';
import type { MountSetting } from './mount-setting.js';

/** What {@link machineDevices} finds the host's part of devices in. */
export interface DeviceHost {
  readonly volumes: NamedVolumes;
  /** path of the disk that takes the writes of this sandbox, if a disk does */
  readonly writesDisk: string;
}

/**
 * Returns the devices of a machine with everything they need on the host: volumes that are named for
 * the first time are made.
 *
 * @throws {MonoError} `VOLUME_INVALID` when a directory to be shared is none; `IO_FAILED`,
 *   `DISK_FULL`, `LOCK_TIMEOUT`, `VM_GUEST_MISSING`
 */
export async function machineDevices(
  devices: SandboxDevices,
  host: DeviceHost,
): Promise<MachineDevices> {
  const { network, ports, mounts } = devices;
  const directories = mounts.filter((mount) => mount.kind === 'directory');
  await Promise.all(directories.map(({ hostPath }) => checkDirectory(hostPath)));
  return {
    network,
    ports,
    volumes: directories.map(({ hostPath, guestPath, readOnly }) => ({
      hostPath,
      guestPath,
      readOnly,
    })),
    disks: await Promise.all(
      mounts.filter(isNamed).map(async ({ name, guestPath, readOnly }) => ({
        path: await host.volumes.ensure(name),
        guestPath,
        readOnly,
      })),
    ),
    memoryMounts: mounts
      .filter((mount) => mount.kind === 'memory')
      .map(({ guestPath, sizeMib }) => ({ path: guestPath, sizeMib })),
    writes: writesOf(devices.writes, host.writesDisk),
  };
}

function isNamed(mount: MountSetting): mount is Extract<MountSetting, { kind: 'named' }> {
  return mount.kind === 'named';
}

function writesOf(kind: SandboxDevices['writes'], path: string): RootWrites {
  return kind === 'disk' ? { kind, path } : { kind };
}

/** A directory that is missing is most often a slip of the pen, so none is made. */
async function checkDirectory(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return;
  const reason = found ? 'it is no directory' : 'it does not exist';
  throw new MonoError('VOLUME_INVALID', `Cannot share \`${path}\` with the sandbox: ${reason}`, {
    details: { path },
    hint: found ? 'Share the directory it is in.' : 'Create it first, or check its name.',
  });
}
