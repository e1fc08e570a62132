import type { CID } from 'multiformats/cid';
import type { ByteString } from '../../base/bytes.js';
import { textOfByteString } from '../../base/bytes.js';
import { MonoError } from '../../errors.js';
import type { NodeWriter } from '../../store/ipld-store.js';
import { commitChangeSet } from './change-set-commit.js';
import type { BuilderNode, DirectoryNode, LeafNode } from './change-set-node.js';
import { hasContent, newDirectory, packEntry, unpackNode } from './change-set-node.js';
import type { DescendMode } from './change-set-paths.js';
import { descend } from './change-set-paths.js';
import { linkTarget } from './link-target.js';
import type { Attributes, BaseLinkEntry, LeafEntry, TombstoneEntry } from '../entry.js';
import { attributesOf, IMPLICIT_ATTRIBUTES } from '../entry.js';
import { checkEntry } from '../node/entry-rules.js';
import { splitPath } from '../path.js';

/** A directory of a change set that is not stored yet. */
export interface PlannedDirectory {
  readonly kind: 'directory';
  /** `undefined`: the directory is implicit */
  readonly attributes: Attributes | undefined;
  readonly opaque: boolean;
}

/** What a name stands for in a change set that is not stored yet. */
export type PlannedEntry = PlannedDirectory | LeafEntry | BaseLinkEntry | TombstoneEntry;

/**
 * Collects changes with the meaning of unpacking an archive over a base, and stores them as a change
 * set.
 *
 * Later calls win. A missing parent becomes an implicit directory; a parent that is a symbolic link
 * is followed within the root; any other parent is replaced by a directory. Tombstones and opaque
 * marks concern the base alone: whatever else the change set has at or below their path stays
 * (OCI image-spec v1.1, layer.md, "Whiteouts").
 *
 * Paths are relative and joined with `/`; the empty path is the root. Every method throws
 * `FS_PATH_INVALID` for others. The change set depends on the calls alone; `commit` may be called at
 * any time, and again. Takes about 250 bytes of memory for each entry, and its name.
 */
export class ChangeSetBuilder {
  readonly #store: NodeWriter;
  readonly #root: DirectoryNode = newDirectory(undefined, false);
  readonly #linked = new Set<LeafNode>();

  constructor(store: NodeWriter) {
    this.#store = store;
  }

  /**
   * Puts `entry` in the place of whatever the change set and the base have at `path`.
   *
   * @throws {MonoError} `FS_IS_A_DIRECTORY` for the root, `FS_LIMIT` when a value is out of range
   */
  setEntry(path: ByteString, entry: LeafEntry): void {
    checkEntry(path, entry);
    this.#put(path, packEntry(entry));
  }

  /**
   * Makes `path` a directory with `attributes`. One that is there already, in the change set or in
   * the base, keeps what it has.
   *
   * @throws {MonoError} `FS_LIMIT` when a value is out of range
   */
  setDirectory(path: ByteString, attributes: Attributes): void {
    const own = attributesOf(attributes);
    checkEntry(path, { ...own, kind: 'fifo' });
    if (path === '') {
      this.#root.attributes = own;
      return;
    }
    const { parent, name } = this.#parentOf(path);
    const present = parent.children.get(name);
    if (present?.kind === 'directory') present.attributes = own;
    else parent.children.set(name, newDirectory(own, present !== undefined));
  }

  /**
   * Makes `path` another name of the file at `target`: of the change set's if it has one, else of
   * the base's.
   *
   * @throws {MonoError} `FS_NOT_FOUND` when the change set deletes or hides the target,
   *   `FS_IS_A_DIRECTORY` when the target is a directory, or `path` is the root
   */
  setHardLink(path: ByteString, target: ByteString): void {
    const node = linkTarget(this.#root, target);
    this.#put(path, node);
    if (node.kind !== 'baseLink') this.#linked.add(node);
  }

  /**
   * Deletes what the base has at `path`.
   *
   * @throws {MonoError} `FS_IS_A_DIRECTORY` for the root
   */
  setTombstone(path: ByteString): void {
    const names = splitPath(path);
    const name = names.pop();
    if (name === undefined) throw rootError(path);
    const parent = this.#descend(names, 'overlay');
    const present = parent?.children.get(name);
    if (present?.kind === 'directory' && hasContent(present)) {
      present.opaque = true;
      present.attributes ??= IMPLICIT_ATTRIBUTES;
    } else if (present === undefined || present.kind === 'directory') {
      parent?.children.set(name, { kind: 'tombstone' });
    }
  }

  /** Hides everything that the base has below `path`. */
  setOpaque(path: ByteString): void {
    const directory = this.#descend(splitPath(path), 'overlay');
    if (directory) directory.opaque = true;
  }

  /** Returns what the change set has at `path`; `undefined` when it says nothing about it. */
  get(path: ByteString): PlannedEntry | undefined {
    const node = this.#find(path);
    if (node?.kind !== 'directory') return node && unpackLeaf(node);
    const { attributes, opaque } = node;
    return { kind: 'directory', attributes, opaque };
  }

  /** Stores the change set and returns its root. */
  async commit(): Promise<CID> {
    return commitChangeSet(this.#store, this.#root, this.#linked);
  }

  #put(path: ByteString, node: LeafNode): void {
    const { parent, name } = this.#parentOf(path);
    parent.children.set(name, node);
  }

  #parentOf(path: ByteString): { readonly parent: DirectoryNode; readonly name: ByteString } {
    const names = splitPath(path);
    const name = names.pop();
    if (name === undefined) throw rootError(path);
    return { parent: this.#descend(names, 'create') as DirectoryNode, name };
  }

  #descend(names: readonly ByteString[], mode: DescendMode): DirectoryNode | undefined {
    return descend(this.#root, names, mode).directory;
  }

  #find(path: ByteString): BuilderNode | undefined {
    const names = splitPath(path);
    const name = names.pop();
    return name === undefined ? this.#root : this.#descend(names, 'find')?.children.get(name);
  }
}

function unpackLeaf(node: LeafNode | TombstoneEntry): PlannedEntry {
  return node.kind === 'tombstone' ? node : unpackNode(node);
}

function rootError(path: ByteString): MonoError {
  return new MonoError('FS_IS_A_DIRECTORY', 'Cannot replace or delete `/`: it is the root', {
    details: { path: textOfByteString(path) },
  });
}
