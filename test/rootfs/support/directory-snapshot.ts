import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  type BigIntStats,
} from 'node:fs';
import { join } from 'node:path';
import { inWalkOrder } from './test-tree.js';
import { bytesText, sorted, timeText, type PathFacts, type Snapshot } from './snapshot.js';

const KINDS: Readonly<Record<number, string>> = {
  0o01: 'fifo',
  0o02: 'characterDevice',
  0o04: 'directory',
  0o06: 'blockDevice',
  0o10: 'file',
  0o12: 'symlink',
  0o14: 'socket',
};
const NS_PER_S = 1_000_000_000n;

/** Returns everything that the host's kernel says of the tree below `directory`. */
export function directorySnapshot(directory: string): Snapshot {
  const facts: Record<string, PathFacts> = {};
  const inodes = new Map<bigint, string[]>();
  visit(Buffer.from(directory), '', { facts, inodes });
  for (const paths of inodes.values()) {
    const first = inWalkOrder(paths)[0]!;
    for (const path of paths) facts[path] = { ...facts[path]!, sameAs: first };
  }
  const xattrs = readXattrs(directory, Object.keys(facts));
  for (const [path, values] of xattrs) facts[path] = { ...facts[path]!, xattrs: values };
  return sorted(facts);
}

function visit(
  at: Buffer,
  path: string,
  found: { facts: Record<string, PathFacts>; inodes: Map<bigint, string[]> },
): void {
  const stat = lstatSync(at, { bigint: true });
  found.inodes.set(stat.ino, [...(found.inodes.get(stat.ino) ?? []), path]);
  const kind = KINDS[Number(stat.mode >> 12n)]!;
  const seconds = (stat.mtimeNs - (((stat.mtimeNs % NS_PER_S) + NS_PER_S) % NS_PER_S)) / NS_PER_S;
  found.facts[path] = {
    kind,
    mode: (stat.mode & 0o7777n).toString(8),
    owner: `${stat.uid}:${stat.gid}`,
    mtime: timeText(seconds, stat.mtimeNs - seconds * NS_PER_S),
    links: Number(stat.nlink),
    sameAs: path,
    content: contentText(at, kind, stat),
    xattrs: {},
  };
  if (kind !== 'directory') return;
  for (const name of readdirSync(at, { encoding: 'buffer' })) {
    const text = name.toString('latin1');
    visit(
      Buffer.concat([at, Buffer.from('/'), name]),
      path === '' ? text : `${path}/${text}`,
      found,
    );
  }
}

function contentText(at: Buffer, kind: string, { rdev }: BigIntStats): string {
  if (kind === 'file') return bytesText(readFileSync(at));
  if (kind === 'symlink') return readlinkSync(at, { encoding: 'buffer' }).toString('latin1');
  if (!kind.endsWith('Device')) return '';
  return `${(rdev >> 8n) & 0xfffn}:${(rdev & 0xffn) | ((rdev >> 12n) & 0xfff00n)}`;
}

function readXattrs(
  directory: string,
  paths: readonly string[],
): Map<string, Record<string, string>> {
  const input = Buffer.from(paths.map((path) => `${directory}/${path}\0`).join(''), 'latin1');
  const output = execFileSync(xattrProgram(), { input, maxBuffer: 1 << 28 }).toString('latin1');
  const all = new Map<string, Record<string, string>>();
  const fields = output.split('\0');
  for (let at = 0; at + 3 <= fields.length; at += 3) {
    const [path = '', name = '', value = ''] = fields.slice(at, at + 3);
    const key = path.slice(directory.length + 1);
    all.set(key, { ...all.get(key), [name]: value });
  }
  return all;
}

let program: string | undefined;

/** Node cannot read extended attributes; a few lines of C can. */
function xattrProgram(): string {
  if (program !== undefined) return program;
  const source = join(import.meta.dirname, 'dump-xattrs.c');
  const directory = join(import.meta.dirname, '../../../build/test-cache');
  mkdirSync(directory, { recursive: true });
  program = join(directory, 'dump-xattrs');
  const partial = `${program}.${process.pid}`;
  execFileSync('cc', ['-O1', '-o', partial, source]);
  renameSync(partial, program);
  return program;
}
