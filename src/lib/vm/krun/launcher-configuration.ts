/*
 * What the launcher is told over descriptor 4: docs/formats/krun-configuration.md.
 *
 *   "MKRN" | u16le version | record…      record: u8 type | u8 flags | u16le length | payload
 */

/** The constants of the format. `native/krun/configuration.h` holds the same values. */
export const CONFIGURATION_VERSION = 1;
export const RECORD = {
  library: 1,
  kernel: 2,
  initramfs: 3,
  commandLine: 4,
  machine: 5,
  disk: 6,
  volume: 7,
  sockets: 8,
  port: 9,
  file: 10,
} as const;
/** Flag bit of DISK and VOLUME: the guest cannot write. */
export const RECORD_READ_ONLY = 0x01;
/** Flag bit of SOCKETS: the guest can be reached, and cannot reach out. */
export const RECORD_RESTRICTED = 0x02;
/** How the bytes of a disk are kept. */
export const DISK_FORMAT = { raw: 0, vmdk: 2 } as const;

/** A machine as the launcher is told of it. Paths are absolute. */
export interface LauncherConfiguration {
  /** path of libkrun */
  readonly library: string;
  /** path of the bootable kernel */
  readonly kernel: string;
  /** path of the initramfs with the guest program */
  readonly initramfs: string;
  readonly commandLine: string;
  readonly cpus: number;
  /** size of the guest's memory in `MiB` */
  readonly memoryMib: number;
  /** in the guest's order */
  readonly disks: readonly {
    readonly format: keyof typeof DISK_FORMAT;
    readonly path: string;
    readonly readOnly: boolean;
  }[];
  /** paths of what the disks refer to */
  readonly files: readonly string[];
  readonly volumes: readonly {
    readonly tag: string;
    readonly path: string;
    readonly readOnly: boolean;
  }[];
  /** the guest's sockets are the host's; undefined for no network */
  readonly sockets: LauncherSockets | undefined;
}

/** How the guest's sockets become sockets of the host. */
export interface LauncherSockets {
  /** whether the guest can start no connection */
  readonly restricted: boolean;
  /** IPv4 address of the only service that the guest reaches on the host's own addresses */
  readonly nameServer: string;
  readonly ports: readonly {
    readonly guestPort: number;
    readonly hostPort: number;
    /** IPv4 address */
    readonly hostAddress: string;
  }[];
}

/** Returns the bytes of a configuration. */
export function encodeConfiguration(configuration: LauncherConfiguration): Uint8Array {
  const { disks, files, volumes, sockets, cpus, memoryMib } = configuration;
  const header = Buffer.from('MKRN\0\0', 'latin1');
  header.writeUInt16LE(CONFIGURATION_VERSION, 4);
  const machine = Buffer.from([cpus, 0, 0, 0, 0]);
  machine.writeUInt32LE(memoryMib, 1);
  return new Uint8Array(
    Buffer.concat([
      header,
      record(RECORD.library, text(configuration.library)),
      record(RECORD.kernel, text(configuration.kernel)),
      record(RECORD.initramfs, text(configuration.initramfs)),
      record(RECORD.commandLine, text(configuration.commandLine)),
      record(RECORD.machine, machine),
      ...disks.map((disk) => {
        const payload = Buffer.concat([Buffer.from([DISK_FORMAT[disk.format]]), text(disk.path)]);
        return record(RECORD.disk, payload, readOnlyFlag(disk));
      }),
      ...files.map((path) => record(RECORD.file, text(path))),
      ...volumes.map((volume) => {
        const payload = Buffer.concat([text(volume.tag), text(volume.path)]);
        return record(RECORD.volume, payload, readOnlyFlag(volume));
      }),
      ...(sockets === undefined ? [] : encodeSockets(sockets)),
    ]),
  );
}

function encodeSockets({ restricted, nameServer, ports }: LauncherSockets): Uint8Array[] {
  return [
    record(RECORD.sockets, address(nameServer), restricted ? RECORD_RESTRICTED : 0),
    ...ports.map((port) => {
      const numbers = Buffer.alloc(4);
      numbers.writeUInt16LE(port.guestPort, 0);
      numbers.writeUInt16LE(port.hostPort, 2);
      return record(RECORD.port, Buffer.concat([numbers, address(port.hostAddress)]));
    }),
  ];
}

function record(type: number, payload: Uint8Array, flags = 0): Uint8Array {
  const header = Buffer.from([type, flags, 0, 0]);
  header.writeUInt16LE(payload.length, 2);
  return Buffer.concat([header, payload]);
}

function readOnlyFlag({ readOnly }: { readonly readOnly: boolean }): number {
  return readOnly ? RECORD_READ_ONLY : 0;
}

function text(value: string): Uint8Array {
  return Buffer.from(`${value}\0`);
}

function address(ipv4: string): Uint8Array {
  return Uint8Array.from(ipv4.split('.').map(Number));
}
