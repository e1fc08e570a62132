import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { extract } from 'tar-stream';

/** Returns how many bytes the different contents of the files in a tar archive have together. */
export async function uniqueContentBytes(archive: string): Promise<number> {
  const sizes = new Map<string, number>();
  for await (const entry of createReadStream(archive).pipe(extract())) {
    const hash = createHash('sha256');
    for await (const piece of entry) hash.update(piece as Uint8Array);
    if (entry.header.type === 'file') sizes.set(hash.digest('base64'), entry.header.size);
  }
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}
