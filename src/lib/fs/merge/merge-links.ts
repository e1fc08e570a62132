import type { CID } from 'multiformats/cid';
import type { ByteString } from '../../base/bytes.js';
import type { DirectoryEntry, TreeEntry } from '../entry.js';
import { entriesEqual } from '../node/entry-codec.js';
import { groupsOf, readLeaders, writeLinkTable } from '../links/link-table.js';
import { lookupFrom } from '../tree/lookup.js';
import type { Sides } from './merge-values.js';
import type { NodeStore } from '../node/node-store.js';
import { compareBytes, splitPath } from '../path.js';

/**
 * Merges the hard-link tables of three trees for the merged tree `directory`, and stores the outcome.
 * A path follows the side that gave its file other names; where both did, it has the names of both.
 * Only files that are equal after the merge stay one file.
 */
export async function mergeLinkTables(
  store: NodeStore,
  tables: Sides<CID>,
  directory: DirectoryEntry,
): Promise<CID | undefined> {
  if (Object.values(tables).every((table) => table === undefined)) return undefined;
  const [base, ours, theirs] = [
    await readNames(store, tables.base),
    await readNames(store, tables.ours),
    await readNames(store, tables.theirs),
  ];
  const union = new Union();
  for (const path of new Set([...ours.keys(), ...theirs.keys()])) {
    const sides = { base: base.get(path), ours: ours.get(path), theirs: theirs.get(path) };
    for (const name of namesAfter(sides)) union.join(path, name);
  }
  const groups: ByteString[][] = [];
  for (const group of union.groups()) groups.push(...(await equalFiles(store, directory, group)));
  return writeLinkTable(store, groups);
}

async function readNames(
  store: NodeStore,
  table: CID | undefined,
): Promise<Map<ByteString, readonly ByteString[]>> {
  const names = new Map<ByteString, readonly ByteString[]>();
  for (const group of groupsOf(await readLeaders(store, table)).values()) {
    const sorted = group.sort(compareBytes);
    for (const path of sorted) names.set(path, sorted);
  }
  return names;
}

function namesAfter({ base, ours, theirs }: Sides<readonly ByteString[]>): readonly ByteString[] {
  const [before, first, second] = [base, ours, theirs].map((names) => names?.join('\0'));
  if (first === second || before === second) return ours ?? [];
  if (before === first) return theirs ?? [];
  return [...(ours ?? []), ...(theirs ?? [])];
}

/** Parts `paths` into groups of files that are equal in the tree `directory`. */
async function equalFiles(
  store: NodeStore,
  directory: DirectoryEntry,
  paths: readonly ByteString[],
): Promise<ByteString[][]> {
  const groups: { readonly entry: TreeEntry; readonly paths: ByteString[] }[] = [];
  for (const path of [...paths].sort(compareBytes)) {
    const entry = await lookupFrom(store, directory, splitPath(path));
    if (entry === undefined || entry.kind === 'directory') continue;
    const group = groups.find((candidate) => entriesEqual(candidate.entry, entry));
    if (group) group.paths.push(path);
    else groups.push({ entry, paths: [path] });
  }
  return groups.map((group) => group.paths);
}

/** Sets of paths that grow together. */
class Union {
  readonly #groups = new Map<ByteString, Set<ByteString>>();

  join(left: ByteString, right: ByteString): void {
    const [first, second] = [this.#groupOf(left), this.#groupOf(right)];
    if (first === second) return;
    for (const path of second) {
      first.add(path);
      this.#groups.set(path, first);
    }
  }

  groups(): ByteString[][] {
    return [...new Set(this.#groups.values())].map((group) => [...group]);
  }

  #groupOf(path: ByteString): Set<ByteString> {
    const group = this.#groups.get(path) ?? new Set([path]);
    this.#groups.set(path, group);
    return group;
  }
}
