import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTreeXattrs, type TreeXattrs } from '../../src/lib/io/tree-xattrs.js';
import { rejectionOf } from '../support/failure.js';
import { useTemporaryDirectory } from '../support/temporary-directory.js';

const directory = useTemporaryDirectory();

describe('readTreeXattrs()', () => {
  it('gives attributes by path, the directory itself and unusual bytes included', async () => {
    const odd = join(directory(), 'a=b\n# file: c\\');
    writeFileSync(odd, '');
    mkdirSync(join(directory(), 'd'));
    setfattr(join(directory(), 'd'), 'user.z', '0x');
    setfattr(join(directory(), 'd'), 'user.a=0x\\', '0x000aff');
    setfattr(odd, 'user.odd', '0x3d');
    setfattr(directory(), 'user.root', '0x31');

    const found = await read();

    expect([...(found ?? [])].map(([path, xattrs]) => [path, ...xattrs])).toEqual(
      expect.arrayContaining([
        ['', ['user.root', Uint8Array.of(0x31)]],
        ['a=b\n# file: c\\', ['user.odd', Uint8Array.of(0x3d)]],
        ['d', ['user.a=0x\\', Uint8Array.of(0, 10, 255)], ['user.z', new Uint8Array()]],
      ]),
    );
  });

  it('does not follow symbolic links', async () => {
    mkdirSync(join(directory(), 'outside'));
    mkdirSync(join(directory(), 'inside'));
    setfattr(join(directory(), 'outside'), 'user.a', '0x31');
    symlinkSync('../outside', join(directory(), 'inside', 'link'));

    expect(await read({ path: join(directory(), 'inside') })).toEqual(new Map());
  });

  it('says when the program is missing, and fails when it cannot run', async () => {
    const file = join(directory(), 'not-a-program');
    writeFileSync(file, '');

    expect(await read({ program: 'no-such-program' })).toBeUndefined();
    expect(await rejectionOf(read({ program: file }))).toMatchObject({ code: 'IO_FAILED' });
  });
});

async function read(
  options: { path?: string; program?: string } = {},
): Promise<TreeXattrs | undefined> {
  const { path = directory(), ...rest } = options;
  const handle = await open(path);
  try {
    return await readTreeXattrs(handle, rest);
  } finally {
    await handle.close();
  }
}

function setfattr(path: string, name: string, value: string): void {
  execFileSync('setfattr', ['-n', name, '-v', value, path]);
}
