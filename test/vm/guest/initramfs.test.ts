import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ensureInitramfs } from '../../../src/lib/vm/guest/ensure-initramfs.js';
import { initramfs } from '../../../src/lib/vm/guest/initramfs.js';
import { rejectionOf } from '../../support/failure.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const temporary = useTemporaryDirectory();

describe('initramfs()', () => {
  it.each([0, 1, 2, 3, 4, 1001])(
    'is an archive that cpio reads, with a program of %i bytes',
    (size) => {
      const archive = initramfs(new Uint8Array(size).fill(120));

      const listing = execFileSync('busybox', ['cpio', '-tv'], {
        input: archive,
        encoding: 'utf8',
      });

      const lines = listing
        .trim()
        .split('\n')
        .map((line) => line.split(/\s+/));
      expect(lines.map((line) => [line[0], line.at(-1)])).toEqual([
        ['drwxr-xr-x', 'dev'],
        ['crw-------', 'dev/console'],
        ['crw-rw-rw-', 'dev/null'],
        ['-rwxr-xr-x', 'init'],
      ]);
      expect(lines[3]![2]).toBe(String(size));
    },
  );
});

describe('ensureInitramfs()', () => {
  it('writes one archive a program and mends one that is cut short', async () => {
    const program = join(temporary(), 'program');
    writeFileSync(program, 'a program');
    const options = { program, cacheDirectory: temporary() };

    const path = await ensureInitramfs(options);
    const size = statSync(path).size;
    truncateSync(path, 10);
    expect(await ensureInitramfs(options)).toBe(path);
    expect(statSync(path).size).toBe(size);
    expect(readFileSync(path).includes('a program')).toBe(true);

    writeFileSync(program, 'another program');
    expect(await ensureInitramfs(options)).not.toBe(path);
    expect(readdirSync(join(temporary(), 'guests'))).toHaveLength(2);
  });

  it('says how to build a program that is missing', async () => {
    const error = await rejectionOf(
      ensureInitramfs({ program: join(temporary(), 'none'), cacheDirectory: temporary() }),
    );

    expect(error.code).toBe('VM_GUEST_MISSING');
    expect(error.hint).toContain('scripts/build-native');
  });
});
