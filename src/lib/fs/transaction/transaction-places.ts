import type { ByteString } from '../../base/bytes.js';
import type { NodeStore } from '../node/node-store.js';
import { splitPath } from '../path.js';
import { pathError, rootError } from './transaction-errors.js';
import type { TransactionDirectory, TransactionNode } from './transaction-node.js';
import { getChild, listChildren } from './transaction-node.js';

/** A name in a directory of a transaction, with what it stands for. */
export interface Place<N> {
  readonly parent: TransactionDirectory;
  readonly name: ByteString;
  readonly node: N;
}

/** Looks paths of a transaction up, for edits. An `action` is what messages say was to be done. */
export class TransactionPlaces {
  readonly #nodes: NodeStore;
  readonly #root: TransactionDirectory;

  constructor(nodes: NodeStore, root: TransactionDirectory) {
    this.#nodes = nodes;
    this.#root = root;
  }

  /**
   * Checks that rename(2) lets `source` take the place of `target`, which is at `path`.
   *
   * @throws {MonoError} `FS_NOT_A_DIRECTORY`, `FS_IS_A_DIRECTORY`, `FS_EXISTS`
   */
  async checkReplaceable(
    source: TransactionNode,
    target: TransactionNode,
    path: ByteString,
  ): Promise<void> {
    if (target.kind !== 'directory') {
      if (source.kind === 'directory') throw pathError('FS_NOT_A_DIRECTORY', 'replace', path);
    } else if (source.kind !== 'directory') throw pathError('FS_IS_A_DIRECTORY', 'replace', path);
    else if (target !== source && (await listChildren(this.#nodes, target)).length > 0) {
      throw pathError('FS_EXISTS', 'replace', path);
    }
  }

  /**
   * Returns the place of `path`, where nothing is.
   *
   * @throws {MonoError} `FS_EXISTS`, and as {@link place}
   */
  async freePlace(path: ByteString, action: string): Promise<Place<undefined>> {
    if (path === '') throw pathError('FS_EXISTS', action, path);
    const place = await this.place(path, action);
    if (place.node !== undefined) throw pathError('FS_EXISTS', action, path);
    return { ...place, node: undefined };
  }

  /**
   * Returns the place of `path`, where something is.
   *
   * @throws {MonoError} `FS_NOT_FOUND`, and as {@link place}
   */
  async takenPlace(path: ByteString, action: string): Promise<Place<TransactionNode>> {
    const place = await this.place(path, action);
    if (place.node === undefined) throw pathError('FS_NOT_FOUND', action, path);
    return { ...place, node: place.node };
  }

  /**
   * Returns the place of `path`, whatever is there.
   *
   * @throws {MonoError} `FS_IS_A_DIRECTORY` for the root, and as {@link directory}
   */
  async place(path: ByteString, action: string): Promise<Place<TransactionNode | undefined>> {
    const names = splitPath(path);
    const name = names.pop();
    if (name === undefined) throw rootError(action);
    const parent = await this.directory(names, action, path);
    return { parent, name, node: await getChild(this.#nodes, parent, name) };
  }

  /**
   * Returns the directory that `names` lead to; `path` is for messages.
   *
   * @throws {MonoError} `FS_NOT_FOUND`, `FS_NOT_A_DIRECTORY`
   */
  async directory(
    names: readonly ByteString[],
    action: string,
    path: ByteString,
  ): Promise<TransactionDirectory> {
    let directory = this.#root;
    for (const name of names) {
      const node = await getChild(this.#nodes, directory, name);
      if (node === undefined) throw pathError('FS_NOT_FOUND', action, path);
      if (node.kind !== 'directory') throw pathError('FS_NOT_A_DIRECTORY', action, path);
      directory = node;
    }
    return directory;
  }
}
