import type { CID } from 'multiformats/cid';
import type { BytesWriter, NodeWriter } from '../../store/ipld-store.js';
import { ChangeSetBuilder } from '../change-set/change-set-builder.js';
import type { HostEntry } from './host-entry.js';
import { readHostTree, type ReadHostTreeOptions } from './read-host-tree.js';

/** How a directory of the host becomes a tree. */
export interface ImportDirectoryOptions extends ReadHostTreeOptions {
  /** the owner of everything in the tree; default: the owners on the host */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
}

/** A directory of the host as a tree. */
export interface ImportedDirectory {
  /** root of a complete tree */
  readonly root: CID;
  /** names in the tree, the root included */
  readonly entryCount: number;
  /** what was left out because the user may not read it; 0 unless the policy is `skip` */
  readonly unreadableEntries: number;
  /** whether extended attributes were read: not when the program for it is missing */
  readonly hasXattrs: boolean;
}

/**
 * Stores a directory of the host as a complete tree: files, directories, symbolic and hard links,
 * devices, FIFOs, sockets, with modes, owners, times and the extended attributes that the user may
 * read (but not the labels of the host's own security policy). Takes no privileges, follows no
 * symbolic link below `path`, and changes nothing there. The same content gives the same root.
 *
 * @throws {MonoError} as `readHostTree`; `FS_LIMIT`, `FS_PATH_INVALID` for what no tree can hold; as
 *   `putNode`
 */
export async function importDirectory(
  store: BytesWriter & NodeWriter,
  options: ImportDirectoryOptions,
): Promise<ImportedDirectory> {
  const report = { unreadableEntries: 0, hasXattrs: false };
  const builder = new ChangeSetBuilder(store);
  let entryCount = 0;
  for await (const found of readHostTree(store, options, report)) {
    addEntry(builder, options.owner ? ownedBy(found, options.owner) : found);
    entryCount += 1;
  }
  return { root: await builder.commit(), entryCount, ...report };
}

function addEntry(builder: ChangeSetBuilder, { entry, linkTarget, path }: HostEntry): void {
  if (entry.kind === 'directory') builder.setDirectory(path, entry);
  else if (linkTarget !== undefined) builder.setHardLink(path, linkTarget);
  else builder.setEntry(path, entry);
}

function ownedBy(
  found: HostEntry,
  { gid, uid }: { readonly uid: number; readonly gid: number },
): HostEntry {
  return { ...found, entry: { ...found.entry, uid, gid } };
}
