import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createAtomicFile, writeFileAtomic } from '../../src/lib/io/atomic-file.js';
import { useTemporaryDirectory } from '../support/temporary-directory.js';

const directory = useTemporaryDirectory();

describe('writeFileAtomic()', () => {
  it('creates missing directories and gives the file the mode', async () => {
    const path = join(directory(), 'a/b/file');

    await writeFileAtomic(path, 'text', { mode: 0o600 });

    expect(await readFile(path, 'utf8')).toBe('text');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('keeps the old file and leaves nothing behind when the source fails', async () => {
    const path = join(directory(), 'file');
    await writeFileAtomic(path, 'old');
    async function* failing() {
      yield Buffer.from('new');
      await Promise.resolve();
      throw new Error('source broke');
    }

    await expect(writeFileAtomic(path, failing())).rejects.toMatchObject({ code: 'IO_FAILED' });

    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(directory())).toEqual(['file']);
  });

  it('says DISK_FULL when the device is full', async () => {
    const path = '/dev/full';
    const { ioError } = await import('../../src/lib/io/io-error.js');
    const full = await import('node:fs/promises')
      .then((fs) => fs.writeFile(path, 'x'))
      .catch((error: unknown) => error);

    expect(ioError(full, 'write', path)).toMatchObject({ code: 'DISK_FULL' });
  });

  it('says what it was doing to what when the name is taken by a directory', async () => {
    const path = join(directory(), 'taken');
    await mkdir(join(path, 'below'), { recursive: true });

    await expect(writeFileAtomic(path, 'x')).rejects.toMatchObject({
      code: 'IO_FAILED',
      message: expect.stringContaining(`Cannot write \`${path}\``) as string,
    });
    expect(await readdir(directory())).toEqual(['taken']);
  });
});

describe('createAtomicFile()', () => {
  it('shows the name only after commit', async () => {
    const path = join(directory(), 'file');
    const file = await createAtomicFile(path);
    await file.handle.write(Buffer.from('x'));
    await expect(stat(path)).rejects.toThrow('ENOENT');

    await file.commit();
    await file.abort();

    expect(await readFile(path, 'utf8')).toBe('x');
  });
});
