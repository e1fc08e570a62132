/** The root node of a tree or of a change set (docs/formats/monofs.md#roots). */
import type { CID } from 'multiformats/cid';
import { MonoError } from '../../errors.js';
import type { NodeReader, NodeWriter } from '../../store/ipld-store.js';
import type { DirectoryEntry, OverlayDirectoryEntry } from '../entry.js';
import { decodeEntry, encodeEntry } from './entry-codec.js';
import { DAG_CBOR, expectCid, expectList, expectUint } from './node-value.js';
import { NodeProblem, readNode } from './read-node.js';

/** The version of the tree format that this code reads and writes. */
export const TREE_FORMAT_VERSION = 1;

/** What tells roots from other nodes. */
const ROOT_TAG = 'monofs-root';

/** The root of a change set. */
export interface ChangeRoot {
  readonly directory: DirectoryEntry | OverlayDirectoryEntry;
  /** table of hard links; `undefined` when there are none */
  readonly links: CID | undefined;
}

/** The root of a complete tree; also a change set. */
export interface TreeRoot extends ChangeRoot {
  readonly directory: DirectoryEntry;
}

/** Stores a root node and returns its CID. */
export async function writeRoot(store: NodeWriter, root: ChangeRoot): Promise<CID> {
  const { directory, links } = root;
  return store.putNode([ROOT_TAG, TREE_FORMAT_VERSION, encodeEntry(directory), links ?? null]);
}

/**
 * Reads the root node of a complete tree.
 *
 * @throws {MonoError} as `getNode`; `STORE_NODE_INVALID` when it is anything else, a change set
 *   included; `STORE_FORMAT_UNSUPPORTED` when a later version of the program wrote it
 */
export async function readTreeRoot(store: NodeReader, cid: CID): Promise<TreeRoot> {
  const { directory, links } = await readRoot(store, cid);
  if (directory.kind === 'directory') return { directory, links };
  throw new MonoError(
    'STORE_NODE_INVALID',
    `Cannot read tree \`${cid.toString()}\`: it is a change set that needs a base`,
    { details: { cid: cid.toString() } },
  );
}

/**
 * Reads the root node of a change set or of a complete tree.
 *
 * @throws {MonoError} as {@link readTreeRoot}
 */
export async function readRoot(store: NodeReader, cid: CID): Promise<ChangeRoot> {
  const root = await readNode(store, cid, decodeRoot);
  if (typeof root !== 'number') return root;
  throw new MonoError(
    'STORE_FORMAT_UNSUPPORTED',
    `Cannot read tree \`${cid.toString()}\`: its format has version ${root}, the newest known is ${TREE_FORMAT_VERSION}`,
    { details: { cid: cid.toString(), version: root } },
  );
}

/** Returns the root, or the version of the format if it is not the known one. */
function decodeRoot(value: unknown): ChangeRoot | number {
  const list = expectList(value, 'a tree root');
  if (list[0] !== ROOT_TAG) throw new NodeProblem('it is not a tree root');
  const version = expectUint(list[1], 'the version of the format');
  if (version !== TREE_FORMAT_VERSION) return version;
  expectList(list, 'a tree root', 4);
  const directory = decodeEntry(list[2]);
  if (directory.kind !== 'directory' && directory.kind !== 'overlayDirectory') {
    throw new NodeProblem('the root of a tree is not a directory');
  }
  const links = list[3] === null ? undefined : expectCid(list[3], 'hard links', [DAG_CBOR]);
  return { directory, links };
}
