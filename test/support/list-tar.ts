import { readTar } from '../../src/lib/image/tar/read-tar.js';
import type { TarEntry } from '../../src/lib/image/tar/tar-entry.js';

/** An entry and the bytes that it came with. */
export interface ListedEntry {
  readonly entry: Omit<TarEntry, 'content'>;
  readonly content: Buffer;
}

/** Returns every entry of an archive with its content. */
export function listTar(...pieces: Uint8Array[]): Promise<ListedEntry[]> {
  return listEntries(readTar(pieces));
}

/** Returns every entry with its content. */
export async function listEntries(entries: AsyncIterable<TarEntry>): Promise<ListedEntry[]> {
  const found = [];
  for await (const { content, ...entry } of entries) {
    const parts: Uint8Array[] = [];
    for await (const part of content) parts.push(part);
    found.push({ entry, content: Buffer.concat(parts) });
  }
  return found;
}
