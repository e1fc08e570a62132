import type { CID } from 'multiformats/cid';
import type { ByteString } from '../../base/bytes.js';
import type { NodeReader, NodeWriter } from '../../store/ipld-store.js';
import { groupsOf, readLeaders, writeLinkTable } from '../links/link-table.js';
import { isBelow, movePath, parentPath } from '../path.js';

/** What one pass of laying a change set over a tree did to the names of the tree. */
export interface LinkPass {
  /** path in the change set of the directory that the pass laid over `to` in the tree */
  readonly from: ByteString;
  readonly to: ByteString;
  /** paths of the change set below `from` whose content is left for later passes */
  readonly redirected: readonly ByteString[];
  /** paths of the tree that were replaced or deleted, with all that was below them */
  readonly gone: ReadonlySet<ByteString>;
  /** names that became hard links to files of the base, and where the base has these */
  readonly baseLinks: readonly { readonly path: ByteString; readonly target: ByteString }[];
}

/** Hard-link tables of the base and of the change set laid over it; `undefined` for the empty one. */
interface LinkTables {
  readonly base: CID | undefined;
  readonly change: CID | undefined;
}

/** Stores the hard-link table after `passes`, and returns it; `undefined` for the empty one. */
export async function linksAfter(
  store: NodeReader & NodeWriter,
  tables: LinkTables,
  passes: readonly LinkPass[],
): Promise<CID | undefined> {
  const bringsBaseLinks = passes.some(({ baseLinks }) => baseLinks.length > 0);
  if (tables.base === undefined && !bringsBaseLinks && passes.length === 1) return tables.change;
  const base = await readLeaders(store, tables.base);
  const change = await readLeaders(store, tables.change);
  const groups = new TreeGroups(base);
  for (const pass of passes) groups.apply(pass, change);
  return groups.areThoseOfBase ? tables.base : writeLinkTable(store, groups.list());
}

/** Which names of a tree are one file, while a change set is laid over the tree. */
class TreeGroups {
  readonly #base: ReadonlyMap<ByteString, ByteString>;
  /** the group of each name that may have others: where it is from, and its leader there */
  readonly #groups = new Map<ByteString, string>();
  readonly #gone = new Set<ByteString>();
  #changed = false;

  /** `base`: the leaders of the base's hard links */
  constructor(base: ReadonlyMap<ByteString, ByteString>) {
    this.#base = base;
    for (const [path, leader] of base) this.#groups.set(path, `base ${leader}`);
  }

  get areThoseOfBase(): boolean {
    return !this.#changed;
  }

  /** `change`: the leaders of the change set's hard links */
  apply(pass: LinkPass, change: ReadonlyMap<ByteString, ByteString>): void {
    this.#forget(pass.gone);
    for (const { path, target } of pass.baseLinks) this.#linkToBase(path, target);
    for (const [path, leader] of change) {
      if (!isPlacedBy(pass, path)) continue;
      this.#set(movePath(path, pass.from, pass.to), `change ${leader}`);
    }
  }

  list(): Iterable<readonly ByteString[]> {
    return groupsOf(this.#groups).values();
  }

  #forget(gone: ReadonlySet<ByteString>): void {
    if (gone.size === 0) return;
    for (const path of gone) this.#gone.add(path);
    for (const path of this.#groups.keys()) {
      if (!isGone(path, gone)) continue;
      this.#groups.delete(path);
      this.#changed = true;
    }
  }

  #linkToBase(path: ByteString, target: ByteString): void {
    const group = `base ${this.#base.get(target) ?? target}`;
    this.#set(path, group);
    if (!isGone(target, this.#gone)) this.#set(target, group);
  }

  #set(path: ByteString, group: string): void {
    this.#groups.set(path, group);
    this.#changed = true;
  }
}

function isPlacedBy(pass: LinkPass, path: ByteString): boolean {
  return isBelow(path, pass.from) && !pass.redirected.some((other) => isBelow(path, other));
}

function isGone(path: ByteString, gone: ReadonlySet<ByteString>): boolean {
  for (let at = path; at !== ''; at = parentPath(at)) if (gone.has(at)) return true;
  return gone.has('' as ByteString);
}
