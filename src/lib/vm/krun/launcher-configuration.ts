/*
 * What the launcher is told over descriptor 4: docs/formats/krun-configuration.md.
 *
 *   "MKRN" | u16le version | record…      record: u8 type | u8 flags | u16le length | payload
 */

import type { DiskPart } from '../disk-parts.js';

/** The constants of the format. `native/krun/configuration.h` holds the same values. */
export const CONFIGURATION_VERSION = 2;
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
  part: 11,
} as const;
/** Flag bit of DISK and VOLUME: the guest cannot write. */
export const RECORD_READ_ONLY = 0x01;
/** Flag bit of SOCKETS: the guest can be reached, and cannot reach out. */
export const RECORD_RESTRICTED = 0x02;
/** How the bytes of a disk are kept: in a file, in parts of files. */
export const DISK_FORMAT = { raw: 0, parts: 1 } as const;

/** The disk with the root filesystem, which the guest cannot write. */
export type LauncherImage =
  /** a file */
  | { readonly path: string }
  /** parts of files, from its start to its end */
  | { readonly parts: readonly DiskPart[] };

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
  readonly image: LauncherImage;
  /** files that are the disks after the image, in the guest's order */
  readonly disks: readonly {
    readonly path: string;
    readonly readOnly: boolean;
  }[];
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
  const { image, disks, volumes, sockets, cpus, memoryMib } = configuration;
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
      ...('path' in image
        ? [diskRecord({ path: image.path, readOnly: true })]
        : encodeParts(image.parts)),
      ...disks.map(diskRecord),
      ...volumes.map((volume) => {
        const payload = Buffer.concat([text(volume.tag), text(volume.path)]);
        return record(RECORD.volume, payload, readOnlyFlag(volume));
      }),
      ...(sockets === undefined ? [] : encodeSockets(sockets)),
    ]),
  );
}

function diskRecord(disk: LauncherConfiguration['disks'][number]): Uint8Array {
  const payload = Buffer.concat([Buffer.from([DISK_FORMAT.raw]), text(disk.path)]);
  return record(RECORD.disk, payload, readOnlyFlag(disk));
}

/** Each file once, then the parts, which name files by their number. */
function encodeParts(parts: readonly DiskPart[]): Uint8Array[] {
  const files = [...new Set(parts.map(({ path }) => path))];
  const numbers = new Map(files.map((path, index) => [path, index]));
  return [
    record(RECORD.disk, Buffer.from([DISK_FORMAT.parts]), RECORD_READ_ONLY),
    ...files.map((path) => record(RECORD.file, text(path))),
    ...parts.map(({ path, offsetBytes, lengthBytes }) => {
      const payload = Buffer.alloc(20);
      payload.writeUInt32LE(numbers.get(path) ?? 0, 0);
      payload.writeBigUInt64LE(BigInt(offsetBytes), 4);
      payload.writeBigUInt64LE(BigInt(lengthBytes), 12);
      return record(RECORD.part, payload);
    }),
  ];
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
