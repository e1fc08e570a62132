/*
 * The initial filesystem of a guest: the guest program as /init, and the two devices it needs before
 * it has mounted /dev. A cpio archive of the "new ASCII" form, uncompressed; equal input gives equal
 * bytes.
 *
 * Spec: Linux, Documentation/driver-api/early-userspace/buffer-format.rst
 */

interface CpioEntry {
  readonly name: string;
  readonly mode: number;
  readonly device?: readonly [major: number, minor: number];
  readonly content?: Uint8Array;
}

const MAGIC = '070701';
const TRAILER = 'TRAILER!!!';

/** Returns the initramfs whose /init is `program`. */
export function initramfs(program: Uint8Array): Uint8Array {
  const entries: readonly CpioEntry[] = [
    { name: 'dev', mode: 0o040755 },
    { name: 'dev/console', mode: 0o020600, device: [5, 1] },
    { name: 'dev/null', mode: 0o020666, device: [1, 3] },
    { name: 'init', mode: 0o100755, content: program },
    { name: TRAILER, mode: 0 },
  ];
  return new Uint8Array(Buffer.concat(entries.flatMap((entry, index) => encode(entry, index + 1))));
}

function encode(entry: CpioEntry, inode: number): Uint8Array[] {
  const content = entry.content ?? new Uint8Array(0);
  const [major, minor] = entry.device ?? [0, 0];
  const name = `${entry.name}\0`;
  const fields = [
    inode,
    entry.mode,
    0,
    0,
    1,
    0,
    content.length,
    0,
    0,
    major,
    minor,
    name.length,
    0,
  ];
  const header = MAGIC + fields.map((field) => field.toString(16).padStart(8, '0')).join('') + name;
  return [Buffer.from(header, 'latin1'), padding(header.length), content, padding(content.length)];
}

/** Names and contents each end at a multiple of four bytes. */
function padding(sizeBytes: number): Uint8Array {
  return new Uint8Array((4 - (sizeBytes % 4)) % 4);
}
