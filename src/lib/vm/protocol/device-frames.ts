import {
  diskDevice,
  volumeTag,
  type GuestNetwork,
  type MachineDevices,
  type RootWrites,
} from '../devices.js';
import { encodeFrame } from './frame.js';
import {
  HOST_FRAME,
  MOUNT_KIND,
  MOUNT_READ_ONLY,
  NETWORK_KIND,
  ROOT_WRITES,
} from './frame-types.js';

/** Returns ROOT: what takes the writes. */
export function rootFrame(writes: RootWrites): Uint8Array {
  const kinds = { memory: ROOT_WRITES.memory, nothing: ROOT_WRITES.none, disk: ROOT_WRITES.disk };
  return encodeFrame(HOST_FRAME.root, 0, Uint8Array.of(kinds[writes.kind]));
}

/** Returns NETWORK, or nothing for a guest that has none. */
export function networkFrames(network: GuestNetwork | undefined): Uint8Array[] {
  if (!network) return [];
  const isInterface = network.kind === 'interface';
  const payload = Uint8Array.of(
    isInterface ? NETWORK_KIND.interface : NETWORK_KIND.sockets,
    isInterface ? network.prefixBits : 0,
    ...bytesOf(isInterface ? network.address : NOWHERE),
    ...bytesOf(isInterface ? network.gateway : NOWHERE),
    ...bytesOf(network.nameServer),
  );
  return [encodeFrame(HOST_FRAME.network, 0, payload)];
}

/** Returns a MOUNT for each volume, disk and filesystem in memory, those nearer to the root first. */
export function mountFrames(devices: MachineDevices): Uint8Array[] {
  const { volumes, disks, memoryMounts } = devices;
  const mounts = [
    ...volumes.map((it, index) => ({
      path: it.guestPath,
      kind: MOUNT_KIND.shared,
      flags: it.readOnly ? MOUNT_READ_ONLY : 0,
      sizeMib: 0,
      source: volumeTag(index),
    })),
    ...disks.map((it, index) => ({
      path: it.guestPath,
      kind: MOUNT_KIND.disk,
      flags: it.readOnly ? MOUNT_READ_ONLY : 0,
      sizeMib: 0,
      source: diskDevice(devices, index),
    })),
    ...memoryMounts.map(({ path, sizeMib = 0 }) => ({
      path,
      kind: MOUNT_KIND.memory,
      flags: 0,
      sizeMib,
      source: '',
    })),
  ];
  return mounts.sort((a, b) => a.path.length - b.path.length).map(mountFrame);
}

const NOWHERE = '0.0.0.0';

interface Mount {
  readonly path: string;
  readonly kind: number;
  readonly flags: number;
  readonly sizeMib: number;
  readonly source: string;
}

function mountFrame({ path, kind, flags, sizeMib, source }: Mount): Uint8Array {
  const head = new Uint8Array(8);
  const view = new DataView(head.buffer);
  const sourceBytes = Buffer.from(source);
  view.setUint8(0, kind);
  view.setUint8(1, flags);
  view.setUint32(2, sizeMib, true);
  view.setUint16(6, sourceBytes.length, true);
  return encodeFrame(HOST_FRAME.mount, 0, Buffer.concat([head, sourceBytes, Buffer.from(path)]));
}

function bytesOf(address: string): number[] {
  return address.split('.').map(Number);
}
