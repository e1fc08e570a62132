import type { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { ChangeSetBuilder } from '../../../src/lib/fs/change-set/change-set-builder.js';
import { flatten } from '../../../src/lib/fs/change-set/flatten.js';
import { commitVersion, readVersion } from '../../../src/lib/fs/version/version.js';
import { mergeDocument } from '../../../src/lib/project/compare/comparison-document.js';
import type { FoundTree } from '../../../src/lib/project/compare/find-tree.js';
import {
  mergeVersions,
  type VersionMerge,
  type VersionMergeRequest,
} from '../../../src/lib/project/compare/merge-versions.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import { bytes, fileOf, listing } from '../../fs/support/trees.js';
import { rejectionOf } from '../../support/failure.js';
import { readSchema, schemaFaults } from '../../support/json-schema.js';

const store = new MemoryStore();
const [one, two, three] = [
  await fileOf(store, 'one'),
  await fileOf(store, 'two'),
  await fileOf(store, 'three'),
];
const base = await tree({ a: one, b: one });
const ours = await tree({ a: two, b: one });
const theirs = await tree({ a: one, b: three });

describe('mergeVersions()', () => {
  it('makes a version of what both changed, with both as predecessors', async () => {
    const { merged, conflicts } = await merge({ ours, theirs, base, message: 'both' });

    const version = await readVersion(store, merged?.version ?? base.root);
    const expected = await tree({ a: two, b: three });
    const parents = await Promise.all(version.previous.map((cid) => readVersion(store, cid)));
    expect(conflicts).toEqual([]);
    expect(await listing(store, version.root)).toEqual(await listing(store, expected.root));
    expect(version.message).toBe('both');
    expect(parents.map(({ root, source }) => [root.toString(), source])).toEqual([
      [ours.root.toString(), ours.source],
      [theirs.root.toString(), theirs.source],
    ]);
  });

  it('keeps it under its name, or under its CID where it has none', async () => {
    const kept = new Map<string, CID>();

    const named = await merge({ ours, theirs, base, name: 'both' }, kept);
    const unnamed = await merge({ ours, theirs, base }, kept);

    const cid = named.merged?.version.toString() ?? '';
    expect(unnamed.merged?.name).toBe(cid);
    expect([...kept].map(([name, version]) => [name, version.toString()])).toEqual([
      ['both', cid],
      [cid, cid],
    ]);
  });

  it('merges text when it is asked to, and shows the text of conflicts', async () => {
    const lines = async (text: string) => tree({ a: await fileOf(store, text) });
    const sides = { base: await lines('1\n2\n3\n'), ours: await lines('1\n2\n4\n') };

    const clean = await merge({ ...sides, theirs: await lines('0\n2\n3\n'), text: true });
    const plain = await merge({ ...sides, theirs: await lines('0\n2\n3\n') });
    const other = await merge({ ...sides, theirs: await lines('1\n2\n5\n'), text: true });

    expect([clean, plain, other].map(({ conflicts }) => conflicts.length)).toEqual([0, 1, 1]);
    const document: unknown = JSON.parse(JSON.stringify(mergeDocument(other)));
    expect(schemaFaults(document, readSchema('merge.json'))).toEqual([]);
    expect(mergeDocument(other).conflicts[0]?.text).toBe(
      '1\n2\n<<<<<<< ours\n4\n||||||| base\n3\n=======\n5\n>>>>>>> theirs\n',
    );
  });

  it('keeps nothing when there are conflicts, and says what the sides have', async () => {
    const kept = new Map<string, CID>();
    const other = await tree({ a: three });

    const outcome = await merge({ ours, theirs: other, base }, kept);

    const document: unknown = JSON.parse(JSON.stringify(mergeDocument(outcome)));
    expect(kept.size).toBe(0);
    expect(schemaFaults(document, readSchema('merge.json'))).toEqual([]);
    expect(document).toMatchObject({
      merged: null,
      conflicts: [
        {
          path: '/a',
          reason: 'modify/modify',
          base: { content: one.content.toString() },
          ours: { content: two.content.toString() },
          theirs: { content: three.content.toString() },
        },
      ],
    });
  });

  it('finds the base in the history of two versions', async () => {
    const first = await commitVersion(store, { root: base.root, previous: [] });
    const left = await versionAfter(first, ours);
    const right = await versionAfter(first, theirs);

    const { merged, base: found } = await merge({ ours: left, theirs: right });

    const version = merged && (await readVersion(store, merged.version));
    expect(found.version?.toString()).toBe(first.toString());
    expect(version?.previous.map(String)).toEqual([String(left.version), String(right.version)]);
  });

  it('wants a base where the history has none', async () => {
    const failure = await rejectionOf(merge({ ours, theirs }));

    expect(failure).toMatchObject({ code: 'USAGE_INVALID' });
  });

  it('is no change when both sides are one version', async () => {
    const version = await commitVersion(store, { root: ours.root, previous: [] });
    const side = { ...ours, version };

    const { merged } = await merge({ ours: side, theirs: side, base });

    expect(merged?.version.toString()).toBe(version.toString());
  });

  it.each([
    { name: 'Upper', code: 'USAGE_INVALID' },
    { name: '', code: 'USAGE_INVALID' },
    { name: ours.root.toString(), code: 'USAGE_INVALID' },
    { name: 'node', code: 'IMAGE_NAME_TAKEN' },
  ])('refuses to call a version `$name`', async ({ name, code }) => {
    const failure = await rejectionOf(merge({ ours, theirs, base, name, takenNames: ['node'] }));

    expect(failure).toMatchObject({ code });
  });
});

async function merge(
  request: Pick<VersionMergeRequest, 'ours' | 'theirs'> & Partial<VersionMergeRequest>,
  kept = new Map<string, CID>(),
): Promise<VersionMerge> {
  const defaults = {
    base: undefined,
    name: undefined,
    message: undefined,
    takenNames: [],
    text: false,
  };
  const keep = (name: string, cid: CID): Promise<undefined> => {
    kept.set(name, cid);
    return Promise.resolve(undefined);
  };
  return mergeVersions({ store, keep }, { ...defaults, ...request });
}

async function versionAfter(previous: CID, { root, ...side }: FoundTree): Promise<FoundTree> {
  const version = await commitVersion(store, { root, previous: [previous] });
  return { ...side, root, version };
}

async function tree(files: Readonly<Record<string, typeof one>>): Promise<FoundTree> {
  const builder = new ChangeSetBuilder(store);
  for (const [path, file] of Object.entries(files)) builder.setEntry(bytes(path), file);
  const root = await flatten(store, [await builder.commit()]);
  return { target: 'x', root, version: undefined, source: Object.keys(files).join(' ') };
}
