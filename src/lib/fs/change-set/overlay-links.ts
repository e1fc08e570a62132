import type { CID } from 'multiformats/cid';
import type { ByteString } from '../../base/bytes.js';
import type { NodeReader, NodeWriter } from '../../store/ipld-store.js';
import { groupsOf, readLeaders, writeLinkTable } from '../links/link-table.js';
import { movePath, parentPath, ROOT_PATH } from '../path.js';

/** What one pass of laying a change set over a tree did to the names of the tree. */
export interface LinkPass {
  /**
   * path in the change set of the directory that the pass laid over `to` in the tree, but for what
   * other passes have
   */
  readonly from: ByteString;
  readonly to: ByteString;
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

/**
 * Stores the hard-link table of the tree that `passes` have made of the base, and returns it;
 * `undefined` for the empty one.
 *
 * @throws {MonoError} as `readLeaders` and `writeLinkTable`
 */
export async function overlayLinks(
  store: NodeReader & NodeWriter,
  tables: LinkTables,
  passes: readonly LinkPass[],
): Promise<CID | undefined> {
  const bringsBaseLinks = passes.some(({ baseLinks }) => baseLinks.length > 0);
  if (tables.base === undefined && !bringsBaseLinks && passes.length === 1) return tables.change;
  const groups = new TreeGroups(await readLeaders(store, tables.base));
  const brought = linksByPass(passes, await readLeaders(store, tables.change));
  for (const pass of passes) groups.apply(pass, brought.get(pass.from) ?? []);
  return groups.areThoseOfBase ? tables.base : writeLinkTable(store, groups.list());
}

/** A name of a change set that is a hard link, and the leader of its group. */
type Link = readonly [path: ByteString, leader: ByteString];

/** Returns the links of the change set that each pass puts into the tree, by where it is from. */
function linksByPass(passes: readonly LinkPass[], links: Iterable<Link>): Map<ByteString, Link[]> {
  const brought = new Map<ByteString, Link[]>(passes.map(({ from }) => [from, []]));
  for (const link of links) {
    let [at] = link;
    while (!brought.has(at)) at = parentPath(at);
    brought.get(at)?.push(link);
  }
  return brought;
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

  /** `brought`: the links of the change set that the pass puts into the tree */
  apply(pass: LinkPass, brought: readonly Link[]): void {
    this.#forget(pass.gone);
    for (const { path, target } of pass.baseLinks) this.#linkToBase(path, target);
    for (const [path, leader] of brought) {
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

function isGone(path: ByteString, gone: ReadonlySet<ByteString>): boolean {
  for (let at = path; at !== ROOT_PATH; at = parentPath(at)) if (gone.has(at)) return true;
  return gone.has(ROOT_PATH);
}
