import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileDigest } from '../../src/lib/io/file-digest.js';
import { rejectionOf } from '../support/failure.js';
import { pseudoRandomBytes } from '../support/random-bytes.js';
import { useTemporaryDirectory } from '../support/temporary-directory.js';

const temporary = useTemporaryDirectory();

describe('fileDigest()', () => {
  it.each([0, 1, 1024 * 1024, 2_500_000])('hashes a file of %i bytes', async (length) => {
    const path = join(temporary(), 'file');
    const bytes = pseudoRandomBytes(length, 1);
    await writeFile(path, bytes);

    expect(await fileDigest(path)).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  it('tells that a file is missing', async () => {
    expect(await fileDigest(join(temporary(), 'missing'))).toBeUndefined();
  });

  it('names what it cannot read', async () => {
    const error = await rejectionOf(fileDigest(temporary()));

    expect(error.code).toBe('IO_FAILED');
    expect(error.message).toContain(temporary());
  });
});
