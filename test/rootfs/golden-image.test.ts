import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { byteStringFromBytes } from '../../src/lib/base/bytes.js';
import { rootfsUuid } from '../../src/lib/rootfs/rootfs-uuid.js';
import { writeErofs } from '../../src/lib/rootfs/write-erofs.js';
import { useTemporaryDirectory } from '../support/temporary-directory.js';
import { fsck } from './support/judges.js';
import { file, pattern, rawCid, symlink, testTree, type TestEntry } from './support/test-tree.js';

const temporary = useTemporaryDirectory();

const GOLDEN = join(import.meta.dirname, '../golden/rootfs/small-image.hex');

/** One of each: layouts, kinds, xattrs, times, names that sort around dot, a hard link. */
const small: Record<string, TestEntry> = {
  '': { kind: 'directory', mode: 0o755, mtime: { seconds: 1, nanoseconds: 2 } },
  '+plus': file(Buffer.from('inline\n'), { mode: 0o4755, uid: 1000, gid: 100_000 }),
  'dev/null': { kind: 'characterDevice', major: 1, minor: 3, mode: 0o666 },
  'dev/sda': { kind: 'blockDevice', major: 8, minor: 300, mode: 0o660, gid: 6 },
  empty: file(new Uint8Array(0)),
  'etc/link': symlink('../usr/\u00e9'),
  'etc/pipe': { kind: 'fifo', mode: 0o600 },
  'etc/same': { kind: 'hardLink', of: '+plus' as never },
  'etc/sock': { kind: 'socket', mode: 0o777, mtime: { seconds: -3, nanoseconds: 999_999_999 } },
  [byteStringFromBytes(Uint8Array.of(0xff, 0x80))]: file(pattern(4097), {
    xattrs: { 'security.capability': pattern(20), 'user.x': Buffer.from('value') },
  }),
  plain: file(pattern(4096, 2)),
};

describe('the bytes of an image', () => {
  it('are those of the golden dump', async () => {
    const tree = testTree(small);
    const path = join(temporary(), 'image');
    const uuid = rootfsUuid(rawCid(Buffer.from('golden')));

    await writeErofs({ ...tree, entries: tree.entries(), path, uuid });

    fsck(path);
    const dump = hexDump(await readFile(path));
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(GOLDEN, dump);
    expect(existsSync(GOLDEN)).toBe(true);
    expect(dump).toBe(readFileSync(GOLDEN, 'utf8'));
  });
});

/** As `xxd` prints it, lines of zeros left out. */
function hexDump(bytes: Buffer): string {
  const lines = [
    '# written by writeErofs, format version 1, accepted by fsck.erofs 1.5 and Linux 6.18',
  ];
  for (let at = 0; at < bytes.length; at += 16) {
    const line = bytes.subarray(at, at + 16);
    if (line.every((byte) => byte === 0)) continue;
    lines.push(`${at.toString(16).padStart(8, '0')}: ${line.toString('hex')}`);
  }
  return `${lines.join('\n')}\n${bytes.length.toString(16).padStart(8, '0')}: end\n`;
}
