import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ensureDirectory } from '../../src/lib/io/ensure-directory.js';
import { useTemporaryDirectory } from '../support/temporary-directory.js';

const directory = useTemporaryDirectory();

describe('ensureDirectory()', () => {
  it('creates what is missing and leaves alone what is there', () => {
    const path = join(directory(), 'a/b/c');

    ensureDirectory(path);
    ensureDirectory(path);

    expect(statSync(path).isDirectory()).toBe(true);
  });

  it('returns with IO_FAILED where nothing can be created', () => {
    expect(() => ensureDirectory('/proc/mono/store')).toThrow(
      expect.objectContaining({
        code: 'IO_FAILED',
        message: 'Cannot create the directory `/proc/mono/store`: no such file or directory',
      }),
    );
  });

  it('says so when a file is in the way', () => {
    const file = join(directory(), 'file');
    writeFileSync(file, '');

    expect(() => ensureDirectory(join(file, 'below'))).toThrow(
      expect.objectContaining({ code: 'IO_FAILED' }),
    );
  });
});
