import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { IMPLICIT_ATTRIBUTES } from '../../../src/lib/fs/entry.js';
import { readHostLeaf } from '../../../src/lib/fs/import/read-host-leaf.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import { rejectionOf } from '../../support/failure.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';
import { bytes } from '../support/trees.js';

const directory = useTemporaryDirectory();

describe('readHostLeaf()', () => {
  const replacements = [
    { by: 'a symbolic link', replace: (path: string) => symlinkSync('/etc/passwd', path) },
    {
      by: 'a FIFO that nobody writes to',
      replace: (path: string) => execFileSync('mkfifo', [path]),
    },
    { by: 'another file', replace: (path: string) => writeFileSync(path, 'another') },
    { by: 'a directory', replace: (path: string) => mkdirSync(path) },
    { by: 'nothing', replace: () => undefined },
  ];
  it.each(replacements)('reads nothing of a file that was replaced by $by', async ({ replace }) => {
    const path = join(directory(), 'victim');
    writeFileSync(path, 'victim');
    const store = new MemoryStore();
    const leaf = {
      path: bytes('victim'),
      place: Buffer.from(path),
      status: lstatSync(path, { bigint: true }),
      attributes: IMPLICIT_ATTRIBUTES,
    };
    rmSync(path);
    replace(path);

    const failure = await rejectionOf(readHostLeaf(store, leaf));

    expect(failure).toMatchObject({ code: 'FS_CHANGED', details: { path: 'victim' } });
    expect(await store.isEmpty()).toBe(true);
  });
});
