import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '../..');

/**
 * Returns the tar archive of a minimal Debian system with more packages, from the machine's own
 * package sources. Takes from half a minute on the first time; then the archive is kept in the cache
 * of the tests.
 */
export async function debianTar(packages: readonly string[] = []): Promise<Uint8Array> {
  const list = packages.join(',');
  const name = createHash('sha256').update(list).digest('hex').slice(0, 16);
  const archive = join(ROOT, 'build/test-cache/debian', `${name}.tar`);
  await promisify(execFile)(join(ROOT, 'scripts/build-debian-tree'), [archive, list]);
  return readFile(archive);
}
