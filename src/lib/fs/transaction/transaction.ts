import type { CID } from 'multiformats/cid';
import type { ByteSource, ByteString } from '../../base/bytes.js';
import type { BytesWriter } from '../../store/ipld-store.js';
import { CachedNodeStore } from '../node/cached-node-store.js';
import type { Attributes, LeafEntry, Timestamp } from '../entry.js';
import { attributesOf, IMPLICIT_ATTRIBUTES } from '../entry.js';
import { checkEntry } from '../node/entry-rules.js';
import { LinkIndex } from '../links/link-index.js';
import type { NodeStore } from '../node/node-store.js';
import { compareBytes, isBelow, splitPath } from '../path.js';
import type { TreeRoot } from '../node/root-node.js';
import { readTreeRoot, writeRoot } from '../node/root-node.js';
import { insideItself, pathError } from './transaction-errors.js';
import type { TransactionDirectory, TransactionNode } from './transaction-node.js';
import {
  cloneNode,
  getChild,
  listChildren,
  loadDirectory,
  newTransactionDirectory,
  setChild,
  storeInPlace,
} from './transaction-node.js';
import { TransactionPlaces } from './transaction-places.js';
import { rootOf } from '../version/version.js';

/** What a transaction needs of a store. */
export type TransactionStore = NodeStore & Pick<BytesWriter, 'putBytes'>;

/** A directory of a transaction, which need not be stored yet. */
export interface OpenDirectory extends Attributes {
  readonly kind: 'directory';
}

/**
 * Changes a complete tree in memory, and stores the outcome as a new one.
 *
 * Paths are relative and joined with `/`; symbolic links are never followed. No time changes unless a
 * caller says so. A method that throws has changed nothing; calls must not overlap. Only what is
 * looked at is read; `commit` writes only the nodes on changed paths, and does not read back what it
 * or an earlier commit has written.
 *
 * Every method throws `FS_PATH_INVALID` for a path that is not valid, and, but for `get`,
 * `FS_NOT_FOUND` or `FS_NOT_A_DIRECTORY` for one whose parent is missing or no directory.
 */
export class Transaction {
  readonly #nodes: NodeStore;
  readonly #content: TransactionStore;
  readonly #root: TransactionDirectory;
  readonly #places: TransactionPlaces;
  readonly #links: LinkIndex;
  #committed: CommittedTree | undefined;

  private constructor(parts: TransactionParts) {
    this.#nodes = parts.nodes;
    this.#content = parts.content;
    this.#root = parts.root;
    this.#places = new TransactionPlaces(parts.nodes, parts.root);
    this.#links = parts.links;
    this.#committed = parts.committed;
  }

  /**
   * Starts from the tree or version `cid`; without one, from an empty tree.
   *
   * @throws {MonoError} as `getNode`; `STORE_NODE_INVALID`, `STORE_FORMAT_UNSUPPORTED`
   */
  static async open(store: TransactionStore, cid?: CID): Promise<Transaction> {
    const nodes = new CachedNodeStore(store);
    if (cid === undefined) {
      const root = newTransactionDirectory(IMPLICIT_ATTRIBUTES);
      const links = await LinkIndex.read(nodes, undefined);
      return new Transaction({ nodes, content: store, root, links, committed: undefined });
    }
    const tree = await rootOf(nodes, cid);
    const { directory, links: table } = await readTreeRoot(nodes, tree);
    const links = await LinkIndex.read(nodes, table);
    const committed = { cid: tree, directory, links: table };
    return new Transaction({
      nodes,
      content: store,
      root: loadDirectory(directory),
      links,
      committed,
    });
  }

  /** Returns what is at `path`, or `undefined`. */
  async get(path: ByteString): Promise<OpenDirectory | LeafEntry | undefined> {
    let node: TransactionNode | undefined = this.#root;
    for (const name of splitPath(path)) {
      if (node?.kind !== 'directory') return undefined;
      node = await getChild(this.#nodes, node, name);
    }
    return node?.kind === 'directory' ? { kind: 'directory', ...node.attributes } : node;
  }

  /** Returns the names in the directory at `path`, in byte order. */
  async list(path: ByteString): Promise<ByteString[]> {
    return listChildren(this.#nodes, await this.#places.directory(splitPath(path), 'list', path));
  }

  /**
   * Makes a directory.
   *
   * @throws {MonoError} `FS_EXISTS`, `FS_LIMIT`
   */
  async createDirectory(path: ByteString, attributes: Attributes): Promise<void> {
    checkEntry(path, { ...attributes, kind: 'fifo' });
    const place = await this.#places.freePlace(path, 'create');
    setChild(place.parent, place.name, newTransactionDirectory(attributesOf(attributes)));
  }

  /**
   * Makes a file, link, device, FIFO or socket.
   *
   * @throws {MonoError} `FS_EXISTS`, `FS_LIMIT`
   */
  async create(path: ByteString, entry: LeafEntry): Promise<void> {
    checkEntry(path, entry);
    const place = await this.#places.freePlace(path, 'create');
    setChild(place.parent, place.name, entry);
  }

  /**
   * Stores `source` and makes it the content of the regular file at `path`, under all its names. A
   * file that exists keeps its attributes unless others are given; a new one needs some.
   *
   * @throws {MonoError} `FS_EXISTS` when something else is there, `FS_NOT_FOUND` when nothing is and
   *   no attributes are given, `FS_LIMIT`; whatever `source` throws
   */
  async write(path: ByteString, source: ByteSource, attributes?: Attributes): Promise<void> {
    const { node } = await this.#places.place(path, 'write');
    if (node && node.kind !== 'file') throw pathError('FS_EXISTS', 'write file', path);
    const kept = attributes ?? node;
    if (kept === undefined) throw pathError('FS_NOT_FOUND', 'write', path);
    checkEntry(path, { ...attributesOf(kept), kind: 'fifo' });
    const { cid, sizeBytes } = await this.#content.putBytes(source);
    await this.#setEverywhere(path, {
      kind: 'file',
      ...attributesOf(kept),
      content: cid,
      sizeBytes,
    });
  }

  /** Deletes what is at `path`, with everything below it. */
  async remove(path: ByteString): Promise<void> {
    const { parent, name } = await this.#places.takenPlace(path, 'remove');
    setChild(parent, name, undefined);
    this.#links.remove(path);
  }

  /**
   * Moves what is at `from` to `to`, in the place of what is there, as rename(2) does.
   *
   * @throws {MonoError} `FS_EXISTS` when a directory that has entries is in the way,
   *   `FS_IS_A_DIRECTORY`, `FS_NOT_A_DIRECTORY`, `FS_PATH_INVALID` when a directory would move into
   *   itself
   */
  async rename(from: ByteString, to: ByteString): Promise<void> {
    const source = await this.#places.takenPlace(from, 'rename');
    if (isBelow(to, from)) throw insideItself(from, to);
    const target = await this.#places.place(to, 'rename to');
    if (this.#links.namesOf(from).includes(to)) return;
    if (target.node) await this.#places.checkReplaceable(source.node, target.node, to);
    setChild(source.parent, source.name, undefined);
    setChild(target.parent, target.name, source.node);
    this.#links.remove(to);
    this.#links.move(from, to);
  }

  /**
   * Copies what is at `from`, with everything below it, to `to`. Takes over what is stored by CID:
   * the cost is that of what the transaction has changed there.
   *
   * @throws {MonoError} `FS_EXISTS`
   */
  async copy(from: ByteString, to: ByteString): Promise<void> {
    const node = from === '' ? this.#root : (await this.#places.takenPlace(from, 'copy')).node;
    const copy = cloneNode(node);
    const target = await this.#places.freePlace(to, 'copy to');
    this.#links.copy(from, to);
    setChild(target.parent, target.name, copy);
  }

  /**
   * Makes `path` another name of the file at `target`.
   *
   * @throws {MonoError} `FS_EXISTS`, `FS_IS_A_DIRECTORY`
   */
  async hardLink(path: ByteString, target: ByteString): Promise<void> {
    const { node } = await this.#places.takenPlace(target, 'link to');
    if (node.kind === 'directory') throw pathError('FS_IS_A_DIRECTORY', 'link to', target);
    const place = await this.#places.freePlace(path, 'create');
    setChild(place.parent, place.name, node);
    this.#links.link(path, target);
  }

  /**
   * Changes attributes of what is at `path`, under all its names.
   *
   * @throws {MonoError} `FS_LIMIT`
   */
  async setAttributes(path: ByteString, changes: Partial<Attributes>): Promise<void> {
    const node = path === '' ? this.#root : (await this.#places.takenPlace(path, 'change')).node;
    const before = node.kind === 'directory' ? node.attributes : attributesOf(node);
    const attributes = attributesOf({ ...before, ...changes });
    checkEntry(path, { ...attributes, kind: 'fifo' });
    if (node.kind === 'directory') node.attributes = attributes;
    else await this.#setEverywhere(path, { ...node, ...attributes });
  }

  /** Changes the mode of what is at `path`; throws as `setAttributes`. */
  async chmod(path: ByteString, mode: number): Promise<void> {
    return this.setAttributes(path, { mode });
  }

  /** Changes the owner of what is at `path`; throws as `setAttributes`. */
  async chown(path: ByteString, uid: number, gid: number): Promise<void> {
    return this.setAttributes(path, { uid, gid });
  }

  /** Changes the time of what is at `path`; throws as `setAttributes`. */
  async utimes(path: ByteString, mtime: Timestamp): Promise<void> {
    return this.setAttributes(path, { mtime });
  }

  /** Sets or, without a value, deletes an extended attribute; throws as `setAttributes`. */
  async setXattr(path: ByteString, name: ByteString, value: Uint8Array | undefined): Promise<void> {
    const node = await this.get(path);
    if (node === undefined) throw pathError('FS_NOT_FOUND', 'change', path);
    const xattrs = new Map(node.xattrs);
    if (value === undefined) xattrs.delete(name);
    else xattrs.set(name, value);
    const sorted = [...xattrs].sort(([left], [right]) => compareBytes(left, right));
    return this.setAttributes(path, { xattrs: new Map(sorted) });
  }

  /**
   * Stores the tree as it is now and returns its root: the same as before when nothing has changed.
   * The transaction can go on afterwards.
   */
  async commit(): Promise<CID> {
    const directory = await storeInPlace(this.#nodes, this.#root);
    const links = await this.#links.commit(this.#nodes);
    const before = this.#committed;
    if (before?.directory === directory && before.links === links) return before.cid;
    const cid = await writeRoot(this.#nodes, { directory, links });
    this.#committed = { cid, directory, links };
    return cid;
  }

  async #setEverywhere(path: ByteString, entry: LeafEntry): Promise<void> {
    for (const name of this.#links.namesOf(path)) {
      const place = await this.#places.place(name, 'change');
      setChild(place.parent, place.name, entry);
    }
  }
}

interface TransactionParts {
  readonly nodes: NodeStore;
  readonly content: TransactionStore;
  readonly root: TransactionDirectory;
  readonly links: LinkIndex;
  readonly committed: CommittedTree | undefined;
}

/** The tree as it was stored last. */
interface CommittedTree extends TreeRoot {
  readonly cid: CID;
}
