import type { CID } from 'multiformats/cid';
import type { ByteString } from '../../base/bytes.js';
import { MonoError } from '../../errors.js';
import type { NodeReader } from '../../store/ipld-store.js';
import type { NamedEntry } from './directory.js';
import { readDirectory } from './directory.js';
import type { DirectoryEntry, TreeEntry } from '../entry.js';
import { entriesEqual } from '../node/entry-codec.js';
import { MAX_PATH_BYTES } from '../limits.js';
import { readLeaders } from '../links/link-table.js';
import { joinPath, ROOT_PATH, showPath } from '../path.js';
import { readTreeRoot } from '../node/root-node.js';
import type { WalkedEntry } from './walked-entry.js';

/**
 * Yields every entry of the complete tree `root`, the root first, a directory before what it has,
 * the names of a directory in byte order. Holds the directories on the way to the present entry in
 * memory, and the hard-link table.
 *
 * @throws {MonoError} as `getNode`; `STORE_NODE_INVALID` when a node is not valid, a path is too
 *   long, or the hard-link table does not fit the tree
 */
export async function* walkTree(store: NodeReader, root: CID): AsyncGenerator<WalkedEntry> {
  const { directory, links } = await readTreeRoot(store, root);
  const inodes = new InodeNumbers(root, await readLeaders(store, links));
  yield { path: ROOT_PATH, name: ROOT_PATH, entry: directory, inode: inodes.next() };
  const open: OpenDirectory[] = [await openDirectory(store, ROOT_PATH, directory)];
  for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
    const { value: item, done } = last.rest.next();
    if (done) {
      open.pop();
      continue;
    }
    const { name, entry } = item;
    const path = joinPath(last.path, name);
    if (path.length > MAX_PATH_BYTES) throw invalidTree(root, 'a path is too long');
    yield { path, name, entry, inode: inodes.numberOf(path, entry) };
    if (entry.kind === 'directory') open.push(await openDirectory(store, path, entry));
  }
  inodes.checkComplete();
}

/** A directory on the way to the present entry. */
interface OpenDirectory {
  readonly path: ByteString;
  /** entries that have not come yet */
  readonly rest: Iterator<NamedEntry, undefined>;
}

async function openDirectory(
  store: NodeReader,
  path: ByteString,
  directory: DirectoryEntry,
): Promise<OpenDirectory> {
  return { path, rest: (await readDirectory(store, directory)).values() };
}

/** Gives inode numbers in the order of the walk, one for all names of a hard-link group. */
class InodeNumbers {
  readonly #root: CID;
  readonly #leaders: ReadonlyMap<ByteString, ByteString>;
  readonly #groups = new Map<ByteString, { readonly inode: number; readonly entry: TreeEntry }>();
  #next = 0;
  #seen = 0;

  constructor(root: CID, leaders: ReadonlyMap<ByteString, ByteString>) {
    this.#root = root;
    this.#leaders = leaders;
  }

  next(): number {
    return this.#next++;
  }

  numberOf(path: ByteString, entry: TreeEntry): number {
    const leader = this.#leaders.get(path);
    if (leader === undefined) return this.next();
    this.#seen += 1;
    const group = this.#groups.get(leader);
    if (group === undefined) {
      if (entry.kind === 'directory') throw this.#invalid(path, 'a directory is a hard link');
      const inode = this.next();
      this.#groups.set(leader, { inode, entry });
      return inode;
    }
    if (!entriesEqual(group.entry, entry)) throw this.#invalid(path, 'hard links differ');
    return group.inode;
  }

  checkComplete(): void {
    if (this.#seen !== this.#leaders.size) {
      throw invalidTree(this.#root, 'the hard-link table names paths that do not exist');
    }
  }

  #invalid(path: ByteString, problem: string): MonoError {
    return invalidTree(this.#root, `at ${showPath(path)} ${problem}`);
  }
}

function invalidTree(root: CID, problem: string): MonoError {
  return new MonoError(
    'STORE_NODE_INVALID',
    `Cannot read tree \`${root.toString()}\`: ${problem}`,
    { details: { cid: root.toString() } },
  );
}
