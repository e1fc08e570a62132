import { CID } from 'multiformats/cid';
import { byteStringFromBytes } from '../../base/bytes.js';
import { decodeNode } from '../../store/block/links-of.js';
import type { BulkReader, NodeReader } from '../../store/ipld-store.js';
import { ENTRY_KINDS } from '../node/entry-codec.js';
import { DAG_CBOR } from '../node/node-value.js';
import { readTreeRoot } from '../node/root-node.js';

/**
 * Reads the nodes of the complete tree `root`, those of its directories and the roots of large files,
 * and returns a reader that has them in memory: for whoever walks all of the tree. Level by level,
 * each in bulk, so a tree costs as many reads as it is deep, not as many as it has directories. Memory is
 * the encoded nodes: some hundred bytes an entry.
 *
 * @throws {MonoError} as `readBlocks` and `getNode`, `STORE_NODE_INVALID`
 */
export async function prefetchNodes(
  store: NodeReader & BulkReader,
  root: CID,
): Promise<NodeReader> {
  const nodes = new Map<string, Uint8Array>();
  const { directory } = await readTreeRoot(store, root);
  let level: TreeNodes = { shards: [directory.entries], files: [] };
  while (level.shards.length + level.files.length > 0) {
    const next: TreeNodes = { shards: [], files: [] };
    const shards = unknownOf(level.shards, nodes);
    const files = unknownOf(level.files, nodes);
    await store.readBlocks([...shards, ...files], (bytes, position) => {
      const shard = shards[position];
      const cid = shard ?? files[position - shards.length];
      if (!cid) return;
      const kept = Uint8Array.from(bytes);
      nodes.set(keyOf(cid), kept);
      if (shard) addNodesBelow(decodeNode(cid, kept), next);
    });
    level = next;
  }
  return {
    getNode(cid) {
      const bytes = nodes.get(keyOf(cid));
      return bytes === undefined ? store.getNode(cid) : Promise.resolve(decodeNode(cid, bytes));
    },
  };
}

/** Nodes that were linked to: those of directories, which link to more, and the roots of files. */
interface TreeNodes {
  readonly shards: CID[];
  readonly files: CID[];
}

/** Returns each of `cids` once that is not in `nodes`. */
function unknownOf(cids: readonly CID[], nodes: ReadonlyMap<string, unknown>): CID[] {
  const unknown = new Map(cids.map((cid) => [keyOf(cid), cid]));
  for (const key of unknown.keys()) if (nodes.has(key)) unknown.delete(key);
  return [...unknown.values()];
}

/**
 * Adds what the node of a directory links to (docs/formats/monofs.md#shard-maps). Whatever is not as it
 * should be is passed over: who walks the tree meets it and says so.
 */
function addNodesBelow(node: unknown, { shards, files }: TreeNodes): void {
  for (const item of listOf(listOf(node)[1])) {
    const fields = listOf(item);
    const kind = CID.asCID(fields[1]) ? 'child' : fields[1];
    const link = CID.asCID(kind === 'child' ? fields[1] : fields.at(-1));
    if (link?.code !== DAG_CBOR) continue;
    if (kind === 'child' || kind === ENTRY_KINDS.directory) shards.push(link);
    else if (kind === ENTRY_KINDS.file) files.push(link);
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function keyOf(cid: CID): string {
  return byteStringFromBytes(cid.bytes);
}
