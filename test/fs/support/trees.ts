import { CID } from 'multiformats/cid';
import type { ByteString } from '../../../src/lib/base/bytes.js';
import { byteStringFromText } from '../../../src/lib/base/bytes.js';
import type { Attributes, FileEntry, SymlinkEntry } from '../../../src/lib/fs/entry.js';
import { IMPLICIT_ATTRIBUTES } from '../../../src/lib/fs/entry.js';
import { walkTree } from '../../../src/lib/fs/tree/walk-tree.js';
import type { ContentStore, NodeReader } from '../../../src/lib/store/ipld-store.js';

/** Returns `text` as a byte string. */
export const bytes = byteStringFromText;

/** Returns attributes that differ from the implicit ones as stated. */
export function attributes(changes: Partial<Attributes> = {}): Attributes {
  return { ...IMPLICIT_ATTRIBUTES, mode: 0o644, ...changes };
}

/** Stores `text` and returns a file that has it. */
export async function fileOf(
  store: ContentStore,
  text: string,
  changes: Partial<Attributes> = {},
): Promise<FileEntry> {
  const { cid, sizeBytes } = await store.putBytes([new TextEncoder().encode(text)]);
  return {
    kind: 'file',
    ...attributes(changes),
    content: CID.decode(Uint8Array.from(cid.bytes)),
    sizeBytes,
  };
}

/** Returns a symbolic link. */
export function symlinkTo(target: string): SymlinkEntry {
  return { kind: 'symlink', ...attributes({ mode: 0o777 }), target: bytes(target) };
}

/** A tree as a list of lines: `path kind mode` and what tells entries of the kind apart. */
export async function listing(store: NodeReader, root: CID): Promise<string[]> {
  const lines: string[] = [];
  const firstPaths = new Map<number, ByteString>();
  for await (const { path, entry, inode } of walkTree(store, root)) {
    const first = firstPaths.get(inode);
    firstPaths.set(inode, first ?? path);
    const detail =
      entry.kind === 'file'
        ? `:${entry.content.toString().slice(-6)}`
        : entry.kind === 'symlink'
          ? `>${entry.target}`
          : '';
    const link = first === undefined ? '' : ` =/${first}`;
    lines.push(
      `/${path} ${entry.kind}${detail} ${entry.mode.toString(8)} ${entry.mtime.seconds}${link}`,
    );
  }
  return lines;
}
