import { lstatSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { ByteString } from '../../../src/lib/base/bytes.js';
import type { Attributes, LeafEntry } from '../../../src/lib/fs/entry.js';
import type { UpperEntry } from '../../../src/lib/fs/upper/upper-entry.js';
import type { BytesWriter } from '../../../src/lib/store/ipld-store.js';
import { listDirectory } from '../../support/list-directory.js';
import type { ListedPath } from '../../support/list-tree.js';

/** Yields what stands in a directory of this machine, marks of overlayfs and all. */
export async function* readUpper(store: BytesWriter, root: string): AsyncGenerator<UpperEntry> {
  for (const [name, listed] of listDirectory(root)) {
    const path = name as ByteString;
    if (listed.kind === 'directory') {
      yield { path, entry: { kind: 'directory', ...attributesOf(listed) } };
      continue;
    }
    const linked = listed.linkedTo === name ? {} : { linkTarget: listed.linkedTo as ByteString };
    yield {
      path,
      entry: await leafOf(store, Buffer.from(`${root}/${name}`, 'latin1'), listed),
      ...linked,
    };
  }
}

function attributesOf(listed: ListedPath): Attributes {
  const [uid, gid] = listed.owner.split(':').map(Number);
  const [seconds, nanoseconds] = listed.mtime.split('.').map(Number);
  return {
    mode: Number.parseInt(listed.mode, 8),
    uid: uid!,
    gid: gid!,
    mtime: { seconds: seconds!, nanoseconds: nanoseconds! },
    xattrs: new Map(
      listed.xattrs.map((line) => {
        const mark = line.lastIndexOf('=');
        const value = Buffer.from(line.slice(mark + 1), 'hex');
        return [line.slice(0, mark) as ByteString, new Uint8Array(value)];
      }),
    ),
  };
}

async function leafOf(store: BytesWriter, full: Buffer, listed: ListedPath): Promise<LeafEntry> {
  const attributes = attributesOf(listed);
  switch (listed.kind) {
    case 'file': {
      const { cid, sizeBytes } = await store.putBytes([await readFile(full)]);
      return { kind: 'file', ...attributes, content: cid, sizeBytes };
    }
    case 'symlink':
      return { kind: 'symlink', ...attributes, target: listed.content as ByteString };
    case 'characterDevice':
    case 'blockDevice': {
      const [major, minor] = listed.content.split(':').map(Number);
      return { kind: listed.kind, ...attributes, major: major!, minor: minor! };
    }
    default:
      if (!lstatSync(full).isFIFO()) throw new Error(`${full.toString()} is of an unexpected kind`);
      return { kind: 'fifo', ...attributes };
  }
}
