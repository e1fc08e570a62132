/** A deletion on one side against everything that the other side can have done, for every kind. */
import { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { ChangeSetBuilder } from '../../../src/lib/fs/change-set/change-set-builder.js';
import { flatten } from '../../../src/lib/fs/change-set/flatten.js';
import type { LeafEntry } from '../../../src/lib/fs/entry.js';
import { mergeTrees } from '../../../src/lib/fs/merge/merge-trees.js';
import { lookup } from '../../../src/lib/fs/tree/lookup.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import { attributes, bytes, fileOf, symlinkTo } from '../support/trees.js';

const store = new MemoryStore();
const path = bytes('d/x');
const file = await fileOf(store, 'one');
const target = CID.decode(file.content.bytes);

type Put = (builder: ChangeSetBuilder) => void;

interface KindRow {
  readonly kind: string;
  readonly put: Put;
  readonly change: Put;
  readonly replace: Put;
}

function leaf(entry: LeafEntry, other: LeafEntry): KindRow {
  return {
    kind: entry.kind,
    put: (b) => b.setEntry(path, entry),
    change: (b) => b.setEntry(path, { ...entry, mode: 0o4711 }),
    replace: (b) => b.setEntry(path, other),
  };
}

const device = { ...attributes(), major: 1, minor: 3 };
const kinds: readonly KindRow[] = [
  leaf(file, symlinkTo('elsewhere')),
  leaf(symlinkTo('target'), file),
  leaf({ kind: 'cidLink', ...attributes(), target }, file),
  leaf({ kind: 'characterDevice', ...device }, file),
  leaf({ kind: 'blockDevice', ...device }, file),
  leaf({ kind: 'fifo', ...attributes() }, file),
  leaf({ kind: 'socket', ...attributes() }, file),
  {
    kind: 'directory',
    put: (b) => b.setEntry(bytes('d/x/f'), file),
    change: (b) => b.setEntry(bytes('d/x/g'), file),
    replace: (b) => b.setEntry(path, file),
  },
];

async function over(base: CID | undefined, edit: Put): Promise<CID> {
  const builder = new ChangeSetBuilder(store);
  edit(builder);
  return flatten(store, [...(base ? [base] : []), await builder.commit()]);
}

describe('mergeTrees() with a tombstone on one side', () => {
  const rows = kinds.flatMap((row) => [
    { ...row, does: 'nothing', other: () => undefined, reasons: [] as string[] },
    { ...row, does: 'the same', other: (b: ChangeSetBuilder) => b.setTombstone(path), reasons: [] },
    { ...row, does: 'a change', other: row.change, reasons: ['delete/modify'] },
    { ...row, does: 'another kind', other: row.replace, reasons: ['delete/modify'] },
  ]);

  it.each(rows)('for a $kind, where the other side does $does', async ({ put, other, reasons }) => {
    const base = await over(undefined, put);
    const [ours, theirs] = [await over(base, (b) => b.setTombstone(path)), await over(base, other)];

    for (const sides of [
      { ours, theirs },
      { ours: theirs, theirs: ours },
    ]) {
      const merged = await mergeTrees(store, { base, ...sides });

      expect(merged.conflicts.map(({ reason }) => reason)).toEqual(reasons);
      const kept = reasons.length > 0 ? await lookup(store, theirs, path) : undefined;
      expect(await lookup(store, merged.root, path)).toEqual(kept);
    }
  });
});
