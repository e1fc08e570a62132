import type { CID } from 'multiformats/cid';
import type { ByteString } from '../../base/bytes.js';
import type { NodeReader, NodeWriter } from '../../store/ipld-store.js';
import { readLeaders, writeLinkTable } from '../links/link-table.js';
import { parentPath } from '../path.js';

/** A path that belongs to a group of hard links after a change. */
export interface LinkJoin {
  readonly path: ByteString;
  /** the group: that of a path of the tree before the change, or one that the change brings */
  readonly group: { readonly kind: 'base' | 'change'; readonly path: ByteString };
}

/** What happened to the names of a tree. */
export interface LinkChange {
  /** hard-link table of the tree before the change */
  readonly links: CID | undefined;
  /** paths that were replaced or deleted, with all that was below them */
  readonly gone: ReadonlySet<ByteString>;
  readonly joins: readonly LinkJoin[];
}

/** Stores the hard-link table after a change, and returns it; `undefined` for the empty one. */
export async function mergeLinks(
  store: NodeReader & NodeWriter,
  { links, gone, joins }: LinkChange,
): Promise<CID | undefined> {
  if (links === undefined && joins.length === 0) return undefined;
  const leaders = await readLeaders(store, links);
  const alive = [...leaders].filter(([path]) => !isGone(path, gone));
  if (alive.length === leaders.size && joins.length === 0) return links;
  const groups = new Map<string, Set<ByteString>>();
  for (const [path, leader] of alive) groupOf(groups, `base ${leader}`).add(path);
  for (const { path, group } of joins) {
    const leader = group.kind === 'base' ? (leaders.get(group.path) ?? group.path) : group.path;
    const paths = groupOf(groups, `${group.kind} ${leader}`);
    if (group.kind === 'base' && !isGone(group.path, gone)) paths.add(group.path);
    paths.add(path);
  }
  return writeLinkTable(
    store,
    [...groups.values()].map((paths) => [...paths]),
  );
}

function isGone(path: ByteString, gone: ReadonlySet<ByteString>): boolean {
  if (gone.size === 0) return false;
  for (let at = path; at !== ''; at = parentPath(at)) if (gone.has(at)) return true;
  return gone.has('' as ByteString);
}

function groupOf(groups: Map<string, Set<ByteString>>, key: string): Set<ByteString> {
  const present = groups.get(key);
  if (present) return present;
  const group = new Set<ByteString>();
  groups.set(key, group);
  return group;
}
