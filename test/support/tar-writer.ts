const BLOCK_BYTES = 512;

/** Text is written as UTF-8. */
type TarText = string | Uint8Array;

/** One entry to write; nothing is checked, so that hostile archives can be made. */
export interface TarItem {
  readonly name: TarText;
  /** type flag; default `0`, a file */
  readonly type?: string;
  readonly content?: TarText;
  readonly linkName?: TarText;
  /** default 0o644 */
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** whole seconds */
  readonly mtime?: number;
  readonly device?: readonly [major: number, minor: number];
  /** records of a pax header in front of the entry */
  readonly pax?: Readonly<Record<string, TarText>>;
  /** default `ustar` */
  readonly format?: 'ustar' | 'gnu' | 'v7' | 'star';
  readonly prefix?: string;
  /** stands in the header instead of the content's true size */
  readonly sizeBytes?: number;
  /** changes the header block before its checksum is computed */
  readonly patch?: (block: Buffer) => void;
  /** stands in the header instead of the right checksum */
  readonly checksum?: number;
}

/** Returns an archive of `items`. `endBlocks` zero blocks stand at its end, 2 by default. */
export function writeTar(
  items: readonly TarItem[],
  options: { readonly endBlocks?: number } = {},
): Uint8Array {
  const end = new Uint8Array((options.endBlocks ?? 2) * BLOCK_BYTES);
  return Buffer.concat([...items.flatMap(entry), end]);
}

/** Returns the records of a pax header. */
export function paxRecords(records: Readonly<Record<string, TarText>>): Uint8Array {
  return Buffer.concat(
    Object.entries(records).map(([key, value]) => {
      const body = Buffer.concat([bytes(` ${key}=`), bytes(value), bytes('\n')]);
      let length = body.length;
      while (String(length).length + body.length !== length) {
        length = String(length).length + body.length;
      }
      return Buffer.concat([bytes(String(length)), body]);
    }),
  );
}

/** Returns the items that give the next entry a name or link target of any length, as GNU tar does. */
export function gnuLong(type: 'L' | 'K', text: TarText): TarItem {
  return {
    name: '././@LongLink',
    type,
    format: 'gnu',
    content: Buffer.concat([bytes(text), Buffer.alloc(1)]),
  };
}

function entry(item: TarItem): Uint8Array[] {
  const content = bytes(item.content ?? '');
  const padding = new Uint8Array((BLOCK_BYTES - (content.length % BLOCK_BYTES)) % BLOCK_BYTES);
  const parts = [header(item, item.sizeBytes ?? content.length), content, padding];
  if (!item.pax) return parts;
  const pax = { name: 'PaxHeaders/entry', type: 'x', content: paxRecords(item.pax) };
  return [...entry(pax), ...parts];
}

function header(item: TarItem, sizeBytes: number): Uint8Array {
  const block = Buffer.alloc(BLOCK_BYTES);
  const { mode = 0o644, uid = 0, gid = 0, mtime = 0, type = '0', linkName = '' } = item;
  block.set(bytes(item.name).subarray(0, 100), 0);
  number(block, [100, 8], mode);
  number(block, [108, 8], uid);
  number(block, [116, 8], gid);
  number(block, [124, 12], sizeBytes);
  number(block, [136, 12], mtime);
  block.write(type, 156, 'latin1');
  block.set(bytes(linkName).subarray(0, 100), 157);
  writeDialect(block, item);
  item.patch?.(block);
  block.fill(0x20, 148, 156);
  const sum = item.checksum ?? block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

function writeDialect(block: Buffer, item: TarItem): void {
  const { format = 'ustar', device, prefix = '' } = item;
  if (format === 'gnu') block.write('ustar  \0', 257, 'latin1');
  else if (format !== 'v7') block.write('ustar\x0000', 257, 'latin1');
  if (device) {
    number(block, [329, 8], device[0]);
    number(block, [337, 8], device[1]);
  }
  block.write(prefix, 345, 'latin1');
  if (format === 'star') block.write('tar\0', 508, 'latin1');
}

/** Octal where it fits, else GNU's base 256. */
function number(block: Buffer, [offset, length]: readonly [number, number], value: number): void {
  const octal = value.toString(8).padStart(length - 1, '0');
  if (value >= 0 && octal.length < length) {
    block.write(octal, offset, 'latin1');
    return;
  }
  let rest = BigInt.asUintN(length * 8, BigInt(value));
  for (let at = offset + length - 1; at >= offset; at--) {
    block[at] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  block[offset]! |= 0x80;
}

function bytes(text: TarText): Uint8Array {
  return typeof text === 'string' ? Buffer.from(text, 'utf8') : text;
}
