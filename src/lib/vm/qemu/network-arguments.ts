import type { GuestNetwork, MachineDevices, PortForward } from '../devices.js';

/** What QEMU's user-mode network gives to every guest (libslirp's defaults). */
const USER_NETWORK: GuestNetwork = {
  kind: 'interface',
  address: '10.0.2.15',
  prefixBits: 24,
  gateway: '10.0.2.2',
  nameServer: '10.0.2.3',
};

/** Returns what a guest of QEMU is told about its network. */
export function qemuGuestNetwork(devices: MachineDevices): GuestNetwork | undefined {
  return hasNetwork(devices) ? USER_NETWORK : undefined;
}

/**
 * Returns the arguments of the network card: QEMU's user-mode network, which needs no privileges and
 * reaches no other guest. Without outgoing connections it is there for forwarded ports alone, and
 * `restrict` keeps the guest from starting any.
 */
export function networkArguments(devices: MachineDevices): string[] {
  if (!hasNetwork(devices)) return [];
  const parts = [
    'user,id=net',
    'ipv6=off',
    ...(devices.network === 'none' ? ['restrict=on'] : []),
    ...devices.ports.map(forward),
  ];
  return ['-netdev', parts.join(','), '-device', 'virtio-net-device,netdev=net'];
}

function hasNetwork({ network, ports }: MachineDevices): boolean {
  return network !== 'none' || ports.length > 0;
}

function forward({ protocol, hostAddress, hostPort, guestPort }: PortForward): string {
  return `hostfwd=${protocol}:${hostAddress}:${hostPort}-:${guestPort}`;
}
