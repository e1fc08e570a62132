import * as fc from '../../support/fast-check.js';
import { describe, expect, it } from 'vitest';
import type { ByteString } from '../../../src/lib/base/bytes.js';
import { bytesOfByteString, byteStringFromText } from '../../../src/lib/base/bytes.js';
import type { ChangeEntry } from '../../../src/lib/fs/entry.js';
import { encodeEntry, entriesEqual } from '../../../src/lib/fs/node/entry-codec.js';
import { compareBytes } from '../../../src/lib/fs/path.js';
import { buildShardMap } from '../../../src/lib/fs/shard/shard-build.js';
import type { ShardDifference } from '../../../src/lib/fs/shard/shard-diff.js';
import { diffShardMaps } from '../../../src/lib/fs/shard/shard-diff.js';
import { readShardMap } from '../../../src/lib/fs/shard/shard-read.js';
import type { ShardCodec, ShardItem } from '../../../src/lib/fs/shard/shard.js';
import { CHANGE_DIRECTORY } from '../../../src/lib/fs/tree/directory.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import { rejectionOf } from '../../support/failure.js';
import { anyEntry, anyName } from '../support/arbitrary-entry.js';

/** Items so heavy that eight make a branch: deep maps with few items. */
const HEAVY: ShardCodec<ChangeEntry> = { ...CHANGE_DIRECTORY, weigh: () => 2048 };

/** A map and another that has some of its items, others in their place, and more. */
const anyMaps = fc
  .uniqueArray(
    fc.record({
      key: anyName,
      before: fc.option(anyEntry, { nil: undefined }),
      after: fc.option(anyEntry, { nil: undefined }),
      stays: fc.boolean(),
    }),
    { selector: ({ key }) => key, maxLength: 40 },
  )
  .map((items) => ({
    before: mapOf(items.map(({ key, before: value }) => ({ key, value }))),
    after: mapOf(
      items.map(({ key, before, after, stays }) => ({ key, value: stays ? before : after })),
    ),
  }));

function mapOf(
  items: readonly { readonly key: ByteString; readonly value: ChangeEntry | undefined }[],
): ShardItem<ChangeEntry>[] {
  return items
    .flatMap(({ key, value }) => (value === undefined ? [] : [{ key, value }]))
    .sort((left, right) => compareBytes(left.key, right.key));
}

function differencesOf(
  before: readonly ShardItem<ChangeEntry>[],
  after: readonly ShardItem<ChangeEntry>[],
): ShardDifference<ChangeEntry>[] {
  const [old, young] = [before, after].map(
    (items) => new Map(items.map(({ key, value }) => [key, value])),
  );
  return [...new Set([...old!.keys(), ...young!.keys()])].sort(compareBytes).flatMap((key) => {
    const [first, second] = [old!.get(key), young!.get(key)];
    if (first && second && entriesEqual(first, second)) return [];
    return [{ key, before: first, after: second }];
  });
}

describe('diffShardMaps()', () => {
  it.each([
    { name: 'leaves', codec: CHANGE_DIRECTORY },
    { name: 'branches', codec: HEAVY },
  ])('finds what decoding both maps whole finds, in $name', async ({ codec }) => {
    await fc.assert(
      fc.asyncProperty(anyMaps, async ({ before, after }) => {
        const store = new MemoryStore();
        const maps = {
          before: await buildShardMap(store, codec, before),
          after: await buildShardMap(store, codec, after),
        };

        expect(await diffShardMaps(store, codec, maps)).toEqual(
          differencesOf(
            await readShardMap(store, maps.before, codec),
            await readShardMap(store, maps.after, codec),
          ),
        );
      }),
      { numRuns: 200 },
    );
  });

  it('finds everything where one of the maps is not there', async () => {
    const store = new MemoryStore();
    const value: ChangeEntry = { kind: 'tombstone' };
    const map = await buildShardMap(store, HEAVY, [{ key: byteStringFromText('a'), value }]);
    const found = { key: 'a', before: undefined, after: value };

    expect(await diffShardMaps(store, HEAVY, { before: undefined, after: map })).toEqual([found]);
    expect(await diffShardMaps(store, HEAVY, { before: map, after: undefined })).toEqual([
      { key: 'a', before: value, after: undefined },
    ]);
  });

  const name = (text: string) => bytesOfByteString(byteStringFromText(text));
  const tombstone = encodeEntry({ kind: 'tombstone' });
  const refused: readonly { readonly name: string; readonly node: unknown }[] = [
    { name: 'something that is no list', node: { leaf: [] } },
    { name: 'an unknown kind of node', node: [2, []] },
    { name: 'a branch that should be a leaf', node: [1, []] },
    { name: 'an item that is no list', node: [0, [7]] },
    { name: 'a name that is not allowed', node: [0, [[name('a/b'), ...tombstone]]] },
    { name: 'an entry of an unknown kind', node: [0, [[name('a'), 11]]] },
    { name: 'a number that is not an integer', node: [0, [[name('a'), 8.5]]] },
    {
      name: 'names out of order',
      node: [
        0,
        [
          [name('b'), ...tombstone],
          [name('a'), ...tombstone],
        ],
      ],
    },
  ];

  it.each(refused)('refuses $name where the other map does not have it', async ({ node }) => {
    const store = new MemoryStore();
    const before = await buildShardMap(store, HEAVY, [
      { key: byteStringFromText('x'), value: { kind: 'tombstone' } },
    ]);
    const after = await store.putNode(node);

    const error = await rejectionOf(diffShardMaps(store, HEAVY, { before, after }));

    expect(error.code).toBe('STORE_NODE_INVALID');
    expect(error.message).toContain(after.toString());
  });

  it('looks at no item that both leaves have', async () => {
    const store = new MemoryStore();
    const strange = [name('a'), 'no entry'];
    const before = await store.putNode([0, [strange, [name('b'), ...tombstone]]]);
    const after = await store.putNode([0, [strange]]);

    expect(await diffShardMaps(store, HEAVY, { before, after })).toEqual([
      { key: 'b', before: { kind: 'tombstone' }, after: undefined },
    ]);
  });
});
