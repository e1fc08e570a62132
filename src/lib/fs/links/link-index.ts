import type { CID } from 'multiformats/cid';
import type { ByteString } from '../../base/bytes.js';
import type { NodeReader, NodeWriter } from '../../store/ipld-store.js';
import { groupsOf, readLeaders, writeLinkTable } from './link-table.js';
import { isBelow, movePath } from '../path.js';

/** The hard links of a tree that is being changed. Whatever moves a path tells the index. */
export class LinkIndex {
  readonly #groups = new Map<ByteString, Set<ByteString>>();
  /** the table as it is stored; meaningful while nothing has changed */
  #stored: CID | undefined;
  #changed = false;

  private constructor(stored: CID | undefined) {
    this.#stored = stored;
  }

  /** Reads the hard-link table `cid`. */
  static async read(store: NodeReader, cid: CID | undefined): Promise<LinkIndex> {
    const index = new LinkIndex(cid);
    for (const group of groupsOf(await readLeaders(store, cid)).values()) index.#join(group);
    return index;
  }

  /** Returns all names of the file at `path`, which is among them. */
  namesOf(path: ByteString): readonly ByteString[] {
    return [...(this.#groups.get(path) ?? [path])];
  }

  /** Makes `path` another name of the file at `target`. */
  link(path: ByteString, target: ByteString): void {
    this.#join([...this.namesOf(target), path]);
    this.#changed = true;
  }

  /** Forgets `path` and everything below it. */
  remove(path: ByteString): void {
    for (const name of this.#at(path)) {
      this.#groups.get(name)?.delete(name);
      this.#groups.delete(name);
      this.#changed = true;
    }
  }

  /** Lets the names at and below `from` go on at `to`. */
  move(from: ByteString, to: ByteString): void {
    const names = this.#at(from);
    const groups = names.map((name) => this.#groups.get(name));
    this.remove(from);
    for (const [position, name] of names.entries()) {
      const group = groups[position];
      const moved = movePath(name, from, to);
      group?.add(moved);
      if (group) this.#groups.set(moved, group);
    }
  }

  /** Links the copies at `to` with each other as the originals at `from` are. */
  copy(from: ByteString, to: ByteString): void {
    const copies = new Map<Set<ByteString> | undefined, ByteString[]>();
    for (const name of this.#at(from)) {
      const group = this.#groups.get(name);
      const copy = movePath(name, from, to);
      copies.set(group, [...(copies.get(group) ?? []), copy]);
    }
    for (const group of copies.values()) {
      if (group.length < 2) continue;
      this.#join(group);
      this.#changed = true;
    }
  }

  /** Stores the table if it has changed, and returns it; `undefined` for the empty one. */
  async commit(store: NodeWriter): Promise<CID | undefined> {
    if (!this.#changed) return this.#stored;
    const groups = new Set(this.#groups.values());
    this.#stored = await writeLinkTable(
      store,
      [...groups].map((group) => [...group]),
    );
    this.#changed = false;
    return this.#stored;
  }

  #join(paths: readonly ByteString[]): void {
    const group = new Set(paths);
    for (const path of paths) this.#groups.set(path, group);
  }

  #at(path: ByteString): ByteString[] {
    return [...this.#groups.keys()].filter((name) => name === path || isBelow(name, path));
  }
}
