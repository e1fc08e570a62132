import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { removeTree } from '../../src/lib/io/remove-tree.js';
import { asNobody } from '../support/as-nobody.js';
import { rejectionOf } from '../support/failure.js';
import { useTemporaryDirectory } from '../support/temporary-directory.js';

const directory = useTemporaryDirectory();

describe('removeTree()', () => {
  it('deletes what lies in directories without permissions, as a user without privileges', async () => {
    chmodSync(directory(), 0o777);
    await asNobody(async () => {
      const root = join(directory(), 'tree');
      mkdirSync(join(root, 'none/read-only/deep'), { recursive: true });
      writeFileSync(join(root, 'none/read-only/deep/file'), 'x', { mode: 0o000 });
      chmodSync(join(root, 'none/read-only/deep'), 0o500);
      chmodSync(join(root, 'none/read-only'), 0o400);
      chmodSync(join(root, 'none'), 0o000);
      chmodSync(root, 0o000);

      await removeTree(root);

      expect(existsSync(root)).toBe(false);
    });
  });

  it('deletes symbolic links and leaves what they point to', async () => {
    const outside = join(directory(), 'outside');
    mkdirSync(join(outside, 'kept'), { recursive: true });
    writeFileSync(join(outside, 'file'), 'kept');
    mkdirSync(join(directory(), 'tree'));
    symlinkSync(outside, join(directory(), 'tree/absolute'));
    symlinkSync('../outside/file', join(directory(), 'tree/relative'));
    symlinkSync(outside, join(directory(), 'itself'));

    await removeTree(join(directory(), 'tree'));
    await removeTree(join(directory(), 'itself'));

    expect(existsSync(join(directory(), 'tree'))).toBe(false);
    expect(existsSync(join(directory(), 'itself'))).toBe(false);
    expect(readFileSync(join(outside, 'file'), 'utf8')).toBe('kept');
    expect(existsSync(join(outside, 'kept'))).toBe(true);
  });

  it('deletes names that are not UTF-8', async () => {
    const root = join(directory(), 'tree');
    mkdirSync(root);
    writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.of(0xff, 0xfe)]), '');

    await removeTree(root);

    expect(existsSync(root)).toBe(false);
  });

  it('deletes a single file, and nothing is no failure', async () => {
    const file = join(directory(), 'file');
    writeFileSync(file, '');

    await removeTree(file);
    await removeTree(file);

    expect(existsSync(file)).toBe(false);
  });

  it('fails where the directory around it forbids it', async () => {
    const failure = await asNobody(() => rejectionOf(removeTree('/proc/version')));

    expect(failure).toMatchObject({ code: 'IO_FAILED', details: { path: '/proc/version' } });
  });
});
