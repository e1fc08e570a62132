import { readTar } from '../../src/lib/image/tar/read-tar.js';
import type { TarEntry } from '../../src/lib/image/tar/tar-entry.js';

/** Returns every entry of an archive with its content. */
export async function listTar(
  ...pieces: Uint8Array[]
): Promise<{ entry: Omit<TarEntry, 'content'>; content: Buffer }[]> {
  const found = [];
  for await (const { content, ...entry } of readTar(pieces)) {
    const parts: Uint8Array[] = [];
    for await (const part of content) parts.push(part);
    found.push({ entry, content: Buffer.concat(parts) });
  }
  return found;
}
