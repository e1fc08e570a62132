import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const FOLDERS = ['native', 'src', 'test'];

/** Returns a whole number below 2^31 that depends on the sources and the tests alone. */
export function seedOfSources() {
  const hash = createHash('sha256');
  for (const folder of FOLDERS) {
    const entries = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    for (const path of files.map(({ name, parentPath }) => join(parentPath, name)).sort()) {
      hash.update(readFileSync(path));
    }
  }
  return hash.digest().readUInt32BE() >>> 1;
}
