import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync, type BigIntStats } from 'node:fs';
import type { ListedPath } from './list-tree.js';

const GETFATTR_OUTPUT_BYTES = 256 * 1024 * 1024;
const GIGA = 1_000_000_000n;

/** Returns every path of a directory of this machine in the form of `listTree`. */
export function listDirectory(root: string): Map<string, ListedPath> {
  const xattrs = readXattrs(root);
  const listed = new Map<string, ListedPath>();
  const groups = new Map<bigint, string>();
  function visit(path: string): void {
    const full = Buffer.from(path === '' ? root : `${root}/${path}`, 'latin1');
    const status = lstatSync(full, { bigint: true });
    if (!groups.has(status.ino)) groups.set(status.ino, path);
    listed.set(path, {
      kind: kindOf(status),
      mode: (status.mode & 0o7777n).toString(8),
      owner: `${status.uid}:${status.gid}`,
      mtime: mtimeOf(status.mtimeNs),
      xattrs: xattrs.get(path) ?? [],
      content: contentOf(full, status),
      linkedTo: status.isDirectory() ? path : (groups.get(status.ino) ?? path),
    });
    if (!status.isDirectory()) return;
    const names = readdirSync(full, { encoding: 'latin1' });
    for (const name of names.sort(byBytes)) visit(path === '' ? name : `${path}/${name}`);
  }
  visit('');
  return listed;
}

function byBytes(left: string, right: string): number {
  return left < right ? -1 : 1;
}

function kindOf(status: BigIntStats): string {
  if (status.isFile()) return 'file';
  if (status.isDirectory()) return 'directory';
  if (status.isSymbolicLink()) return 'symlink';
  if (status.isCharacterDevice()) return 'characterDevice';
  if (status.isBlockDevice()) return 'blockDevice';
  return status.isFIFO() ? 'fifo' : 'socket';
}

function contentOf(full: Buffer, status: BigIntStats): string {
  switch (kindOf(status)) {
    case 'file': {
      const hash = createHash('sha256').update(readFileSync(full)).digest('hex');
      return `${status.size} ${hash}`;
    }
    case 'symlink':
      return readlinkSync(full, { encoding: 'latin1' });
    case 'characterDevice':
    case 'blockDevice':
      return `${deviceMajor(status.rdev)}:${deviceMinor(status.rdev)}`;
    default:
      return '';
  }
}

/** Rounds towards the past, as timestamps do: -0.5 s is 0.5 s after -1. */
function mtimeOf(nanoseconds: bigint): string {
  const fraction = ((nanoseconds % GIGA) + GIGA) % GIGA;
  return `${(nanoseconds - fraction) / GIGA}.${String(fraction).padStart(9, '0')}`;
}

/** The layout of glibc's `dev_t`. */
function deviceMajor(device: bigint): bigint {
  return (device >> 8n) & 0xfffn;
}

function deviceMinor(device: bigint): bigint {
  return (device & 0xffn) | ((device >> 12n) & 0xffffff00n);
}

/** By path, relative to `root`: `name=hex` in byte order. */
function readXattrs(root: string): Map<string, string[]> {
  const dump = execFileSync(
    'getfattr',
    ['-R', '-P', '-h', '-d', '-m', '-', '-e', 'hex', '--absolute-names', root],
    { encoding: 'latin1', maxBuffer: GETFATTR_OUTPUT_BYTES },
  );
  const found = new Map<string, string[]>();
  for (const block of dump.split('\n\n')) {
    const [first = '', ...lines] = block.split('\n').filter((line) => line !== '');
    if (!first.startsWith('# file: ')) continue;
    const path = unescape(first.slice('# file: '.length)).slice(root.length + 1);
    found.set(path, lines.map((line) => unescape(line).replace('=0x', '=')).sort(byBytes));
  }
  return found;
}

/** `getfattr` writes unusual bytes of names as `\ooo`. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
