import { readFileSync } from 'node:fs';
import { byteStringFromText } from '../../../src/lib/base/bytes.js';
import { writeErofs } from '../../../src/lib/rootfs/write-erofs.js';
import { file, symlink, testTree, type TestEntry } from '../../rootfs/support/test-tree.js';

/** Debian's busybox-static; scripts/setup installs it. */
const BUSYBOX = '/bin/busybox';
const APPLETS = [
  ...[
    'awk',
    'cat',
    'chmod',
    'date',
    'dd',
    'echo',
    'env',
    'false',
    'grep',
    'head',
    'hostname',
    'id',
  ],
  ...[
    'ifconfig',
    'kill',
    'ls',
    'mkdir',
    'mount',
    'printf',
    'ps',
    'pwd',
    'readlink',
    'reboot',
    'rm',
    'sh',
  ],
  ...['sha256sum', 'sleep', 'stat', 'stty', 'tr', 'true', 'tty', 'ulimit', 'wc', 'yes'],
];

const PASSWD = [
  'root:x:0:0:root:/root:/bin/sh',
  'daemon:x:1:1::/usr/sbin:/bin/false',
  'alice:x:1000:1000:Alice:/home/alice:/bin/sh',
  '1001:x:4242:4242:a name that is a number:/home/number:/bin/sh',
].join('\n');
const GROUP = ['root:x:0:', 'wheel:x:10:alice,bob', 'users:x:100:bob', 'ops:x:30:root,alice'].join(
  '\n',
);

/** Returns a small root filesystem around busybox, with `extra` paths added. */
export function busyboxTree(extra: Readonly<Record<string, TestEntry>>): Record<string, TestEntry> {
  const applets = APPLETS.map((name): [string, TestEntry] => [`bin/${name}`, symlink('busybox')]);
  return {
    '': { kind: 'directory', mode: 0o755 },
    'bin/busybox': file(readFileSync(BUSYBOX), { mode: 0o755 }),
    'etc/passwd': file(text(PASSWD), { mode: 0o644 }),
    'etc/group': file(text(GROUP), { mode: 0o644 }),
    'home/alice': { kind: 'directory', mode: 0o755, uid: 1000, gid: 1000 },
    root: { kind: 'directory', mode: 0o700 },
    tmp: { kind: 'directory', mode: 0o1777 },
    ...Object.fromEntries(applets),
    ...extra,
  };
}

/** Writes an EROFS image of a small root filesystem around busybox. */
export async function writeBusyboxImage(
  path: string,
  extra: Readonly<Record<string, TestEntry>> = {},
): Promise<void> {
  const tree = testTree(busyboxTree(extra));
  await writeErofs({ entries: tree.entries(), content: tree.content, path });
}

function text(value: string): Uint8Array {
  return Buffer.from(byteStringFromText(`${value}\n`), 'latin1');
}
