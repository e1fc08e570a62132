/** What a process takes of the host's memory, in `KiB`; shared pages count in proportion. */
export interface ProcessMemory {
  readonly name: string;
  /** mappings as large as the guest's memory: that memory itself */
  readonly guestKib: number;
  readonly otherKib: number;
}

/** A guest's memory may be mapped in two parts, around the hole for devices or its kernel. */
const PARTS = 4;

/** Returns the sums over what /proc/PID/smaps says of a process whose guest has that much memory. */
export function sumMemory(name: string, smaps: string, memoryMib: number): ProcessMemory {
  const guestPartBytes = (memoryMib * 1024 * 1024) / PARTS;
  let [guestKib, otherKib, sizeBytes] = [0, 0, 0];
  for (const line of smaps.split('\n')) {
    const range = /^([0-9a-f]+)-([0-9a-f]+) /.exec(line);
    if (range) sizeBytes = Number.parseInt(range[2]!, 16) - Number.parseInt(range[1]!, 16);
    const share = Number(/^Pss: +(\d+) kB$/.exec(line)?.[1] ?? 0);
    if (sizeBytes >= guestPartBytes) guestKib += share;
    else otherKib += share;
  }
  return { name, guestKib, otherKib };
}
