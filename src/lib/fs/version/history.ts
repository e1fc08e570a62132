import type { CID } from 'multiformats/cid';
import type { ByteString } from '../../base/bytes.js';
import type { NodeReader } from '../../store/ipld-store.js';
import type { TreeEntry } from '../entry.js';
import { entriesEqual } from '../node/entry-codec.js';
import { lookup } from '../tree/lookup.js';
import type { Version } from './version.js';
import { readVersion } from './version.js';

/** A version with its CID. */
export interface HistoryItem extends Version {
  readonly cid: CID;
}

/** A version in which a path changed. */
export interface LogItem extends HistoryItem {
  /** what the path stands for in the version; `undefined`: nothing */
  readonly entry: TreeEntry | undefined;
}

/**
 * Returns the version `cid` and everything that it came from, each once, a version always before its
 * predecessors, and what only the first of several predecessors came from before the others.
 *
 * @throws {MonoError} as `readVersion`
 */
export async function readHistory(store: NodeReader, cid: CID): Promise<HistoryItem[]> {
  const seen = new Set<string>([cid.toString()]);
  const finished: HistoryItem[] = [];
  const open = [await openItem(store, cid)];
  for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
    const next = last.rest.pop();
    if (next === undefined) {
      finished.push(last.item);
      open.pop();
    } else if (!seen.has(next.toString())) {
      seen.add(next.toString());
      open.push(await openItem(store, next));
    }
  }
  return finished.reverse();
}

/**
 * Returns the versions, out of the history of `cid`, in which `path` (or, if it is a directory,
 * anything below it) became what it is: those that differ from each of their predecessors. Reads the
 * nodes on the path and nothing below it.
 *
 * @throws {MonoError} `FS_PATH_INVALID`, and as `readVersion` and `readTreeRoot`
 */
export async function logOfPath(store: NodeReader, cid: CID, path: ByteString): Promise<LogItem[]> {
  const history = await readHistory(store, cid);
  const entries = new Map<string, TreeEntry | undefined>();
  for (const { cid: version, root } of history) {
    entries.set(version.toString(), await lookup(store, root, path));
  }
  return history.flatMap((item) => {
    const entry = entries.get(item.cid.toString());
    const before = item.previous.map((previous) => entries.get(previous.toString()));
    const isNew =
      before.length === 0 ? entry !== undefined : !before.some((old) => same(old, entry));
    return isNew ? [{ ...item, entry }] : [];
  });
}

/**
 * Returns the versions that both `left` and `right` came from (or are), without those that others of
 * them came from: what a merge of the two starts from. More than one after a criss-cross merge, none
 * for unrelated versions; in the order of the history of `left`.
 *
 * @throws {MonoError} as `readVersion`
 */
export async function findMergeBases(store: NodeReader, left: CID, right: CID): Promise<CID[]> {
  const others = new Set((await readHistory(store, right)).map(({ cid }) => cid.toString()));
  const common = (await readHistory(store, left)).filter(({ cid }) => others.has(cid.toString()));
  const older = new Set(common.flatMap(({ previous }) => previous.map((cid) => cid.toString())));
  return common.map(({ cid }) => cid).filter((cid) => !older.has(cid.toString()));
}

interface OpenItem {
  readonly item: HistoryItem;
  /** predecessors still to visit, the next one last */
  readonly rest: CID[];
}

async function openItem(store: NodeReader, cid: CID): Promise<OpenItem> {
  const version = await readVersion(store, cid);
  return { item: { ...version, cid }, rest: [...version.previous] };
}

function same(left: TreeEntry | undefined, right: TreeEntry | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return entriesEqual(left, right);
}
