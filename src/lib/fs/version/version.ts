/** Version nodes: a tree and where it came from (docs/formats/monofs.md#roots). */
import type { CID } from 'multiformats/cid';
import { MonoError } from '../../errors.js';
import type { NodeReader } from '../../store/ipld-store.js';
import type { NodeStore } from '../node/node-store.js';
import { DAG_CBOR, expectCid, expectList, expectText, expectUint } from '../node/node-value.js';
import { NodeProblem, readNode } from '../node/read-node.js';
import { readRoot } from '../node/root-node.js';

/** The version of the format of version nodes that this code reads and writes. */
export const VERSION_FORMAT_VERSION = 1;

/** The longest message in `bytes`: more than any person writes, far from the block limit. */
export const MAX_MESSAGE_BYTES = 65_536;

/** The longest source in `bytes`: a reference with its digest has at most some 500. */
export const MAX_SOURCE_BYTES = 4096;

const VERSION_TAG = 'monofs-version';

/** A tree with its history. Immutable: a change makes another version. */
export interface Version {
  /** root node of the tree */
  readonly root: CID;
  /** versions that this one came from: none for a first one, several for a merge */
  readonly previous: readonly CID[];
  readonly message?: string;
  /** where the tree came from, such as a fully qualified image with its digest */
  readonly source?: string;
}

/**
 * Stores a version and returns its CID. A version of the very tree that its only predecessor has is
 * no change: the predecessor's CID is returned.
 *
 * @throws {MonoError} `FS_LIMIT` when the message or the source is too long, or a predecessor is
 *   named twice; as `readVersion` for the predecessor
 */
export async function commitVersion(store: NodeStore, version: Version): Promise<CID> {
  const problem = problemOfVersion(version);
  if (problem !== undefined) throw new MonoError('FS_LIMIT', `Cannot store a version: ${problem}`);
  const { message, previous, root, source } = version;
  const [only, ...others] = previous;
  if (only !== undefined && others.length === 0) {
    if ((await readVersion(store, only)).root.equals(root)) return only;
  }
  const fields = [root, [...previous], message ?? null, source ?? null];
  return store.putNode([VERSION_TAG, VERSION_FORMAT_VERSION, ...fields]);
}

/**
 * Reads a version.
 *
 * @throws {MonoError} as `getNode`; `STORE_NODE_INVALID` when it is anything else;
 *   `STORE_FORMAT_UNSUPPORTED` when a later version of the program wrote it
 */
export async function readVersion(store: NodeReader, cid: CID): Promise<Version> {
  const version = await readNode(store, cid, decodeVersion);
  if (typeof version !== 'number') return version;
  throw new MonoError(
    'STORE_FORMAT_UNSUPPORTED',
    `Cannot read version \`${cid.toString()}\`: its format has version ${version}, the newest known is ${VERSION_FORMAT_VERSION}`,
    { details: { cid: cid.toString(), version } },
  );
}

/**
 * Returns the root of the tree that `cid` stands for: itself, or the tree of a version.
 *
 * @throws {MonoError} as {@link readVersion}, and as `readRoot`
 */
export async function rootOf(store: NodeReader, cid: CID): Promise<CID> {
  const isVersion = await readNode(
    store,
    cid,
    (value) => Array.isArray(value) && value[0] === VERSION_TAG,
  );
  if (isVersion) return (await readVersion(store, cid)).root;
  await readRoot(store, cid);
  return cid;
}

/** Returns the version, or the version of the format if it is not the known one. */
function decodeVersion(value: unknown): Version | number {
  const list = expectList(value, 'a version');
  if (list[0] !== VERSION_TAG) throw new NodeProblem('it is not a version');
  const format = expectUint(list[1], 'the version of the format');
  if (format !== VERSION_FORMAT_VERSION) return format;
  expectList(list, 'a version', 6);
  const previous = expectList(list[3], 'the predecessors of a version');
  const version: Version = {
    root: expectCid(list[2], 'the root of a version', [DAG_CBOR]),
    previous: previous.map((item) => expectCid(item, 'a predecessor', [DAG_CBOR])),
    ...(list[4] === null ? {} : { message: expectText(list[4], 'the message of a version') }),
    ...(list[5] === null ? {} : { source: expectText(list[5], 'the source of a version') }),
  };
  const problem = problemOfVersion(version);
  if (problem !== undefined) throw new NodeProblem(problem);
  return version;
}

function problemOfVersion({ message, previous, source }: Version): string | undefined {
  if (Buffer.byteLength(message ?? '') > MAX_MESSAGE_BYTES) return 'its message is too long';
  if (Buffer.byteLength(source ?? '') > MAX_SOURCE_BYTES) return 'its source is too long';
  const distinct = new Set(previous.map((cid) => cid.toString()));
  return distinct.size < previous.length ? 'a predecessor is named twice' : undefined;
}
