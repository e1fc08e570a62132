import type { NetworkMode, PortForward } from '../../vm/devices.js';
import type { MountSetting } from './mount-setting.js';

/** What somebody says about the devices of a sandbox; what is left out is not changed. */
export interface DeviceSettings {
  readonly network?: NetworkMode | undefined;
  readonly ports?: readonly PortForward[] | undefined;
  readonly mounts?: readonly MountSetting[] | undefined;
  /** whether nothing takes writes to the root filesystem */
  readonly readOnly?: boolean | undefined;
  /** whether writes to the root filesystem outlive the machine */
  readonly persist?: boolean | undefined;
}

/** The devices of a sandbox, complete. */
export interface SandboxDevices {
  readonly network: NetworkMode;
  readonly ports: readonly PortForward[];
  readonly mounts: readonly MountSetting[];
  readonly writes: 'memory' | 'nothing' | 'disk';
}

/**
 * Returns the devices that come of settings, the later ones winning: lists add up, and what is
 * mounted at the same place, or forwarded from the same port, replaces what was there.
 */
export function mergeDevices(settings: readonly DeviceSettings[]): SandboxDevices {
  const ports = new Map<string, PortForward>();
  const mounts = new Map<string, MountSetting>();
  let network: NetworkMode = 'outbound';
  let readOnly = false;
  let persist = false;
  for (const setting of settings) {
    for (const port of setting.ports ?? []) ports.set(`${port.protocol} ${port.hostPort}`, port);
    for (const mount of setting.mounts ?? []) mounts.set(mount.guestPath, mount);
    network = setting.network ?? network;
    readOnly = setting.readOnly ?? readOnly;
    persist = setting.persist ?? persist;
  }
  return {
    network,
    ports: [...ports.values()],
    mounts: [...mounts.values()],
    writes: readOnly ? 'nothing' : persist ? 'disk' : 'memory',
  };
}
