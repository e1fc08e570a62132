import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Makes the same archive from the same packages. */
const SOURCE_DATE_EPOCH = '1790000000';

/**
 * Returns the tar archive of a minimal Debian system, made from the packages of the machine's own
 * package sources. Takes half a minute the first time; later calls find the archive in
 * `MONO_TEST_IMAGES`, or in the directory for temporary files.
 */
export async function debianTar(): Promise<Uint8Array> {
  const directory = process.env['MONO_TEST_IMAGES'] ?? join(tmpdir(), 'mono-test-images');
  const path = join(directory, 'debian-bookworm-minbase.tar');
  if (!existsSync(path)) {
    await mkdir(directory, { recursive: true });
    const partial = `${path}.${process.pid}.tar`;
    await promisify(execFile)(
      'mmdebstrap',
      ['--quiet', '--variant=minbase', '--mode=root', 'bookworm', partial],
      { env: { ...process.env, SOURCE_DATE_EPOCH } },
    );
    await rename(partial, path);
  }
  return readFile(path);
}
