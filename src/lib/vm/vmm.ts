import type { GuestNetwork, MachineDevices } from './devices.js';
import type { RootDisk } from './root-disk.js';

/** A machine to start. */
export interface MachineSpec {
  readonly rootfs: RootDisk;
  readonly cpus: number;
  /** size of the guest's memory in `MiB` */
  readonly memoryMib: number;
  readonly devices: MachineDevices;
}

/** A process on the host that belongs to a machine. It gets no environment but its own. */
export interface HostProcess {
  /** absolute path of the program */
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** what it can read from descriptor 4, up to the end of file */
  readonly configuration?: Uint8Array;
}

/** A process that serves the VMM over a unix socket. */
export interface HelperProcess extends HostProcess {
  /** path of the socket, in the working directory; it listens as descriptor 3 of the helper */
  readonly socket: string;
}

/**
 * What a machine is on the host. Descriptor 3 of the VMM is the guest's channel, a stream socket; its
 * output is the machine's console. The helpers start first and end with the VMM.
 */
export interface MachinePlan {
  readonly vmm: HostProcess;
  readonly helpers: readonly HelperProcess[];
  /** what the guest is told about its network; undefined where it has none */
  readonly network: GuestNetwork | undefined;
}

/** A virtual machine monitor: something that can be a machine. */
export interface Vmm {
  readonly name: 'qemu' | 'krun';
  /**
   * Returns the processes that are the machine.
   *
   * @param runtimeDirectory a directory of this machine alone, for its sockets; the processes' working
   *   directory
   */
  plan(spec: MachineSpec, runtimeDirectory: string): Promise<MachinePlan> | MachinePlan;
}
