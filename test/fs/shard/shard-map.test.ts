import * as fc from '../../support/fast-check.js';
import type { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import type { ByteString } from '../../../src/lib/base/bytes.js';
import { bytesOfByteString, byteStringFromText } from '../../../src/lib/base/bytes.js';
import { MAX_ITEM_WEIGHT, MAX_LEAF_WEIGHT } from '../../../src/lib/fs/limits.js';
import { expectUint } from '../../../src/lib/fs/node/node-value.js';
import { compareBytes, problemOfName } from '../../../src/lib/fs/path.js';
import { hashOfKey } from '../../../src/lib/fs/shard/key-hash.js';
import { buildShardMap } from '../../../src/lib/fs/shard/shard-build.js';
import { getShardValue, readShardMap } from '../../../src/lib/fs/shard/shard-read.js';
import { updateShardMap } from '../../../src/lib/fs/shard/shard-update.js';
import type { ShardCodec, ShardItem } from '../../../src/lib/fs/shard/shard.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import { rejectionOf } from '../../support/failure.js';
import { CountingStore } from '../support/counting-store.js';

/** Items so heavy that eight make a branch: deep maps with few items. */
const HEAVY = 2048;

function numbers(weight: number): ShardCodec<number> {
  return {
    what: 'test',
    encode: (value) => [value],
    decode: (value) => expectUint((value as unknown[])[0], 'a number'),
    equal: (left, right) => left === right,
    weigh: () => weight,
    problemOfKey: problemOfName,
  };
}

const codec = numbers(HEAVY);
const key = byteStringFromText;

function itemsOf(values: ReadonlyMap<ByteString, number>): ShardItem<number>[] {
  return [...values]
    .map(([name, value]) => ({ key: name, value }))
    .sort((left, right) => compareBytes(left.key, right.key));
}

const edits = fc.array(
  fc.dictionary(
    fc.integer({ min: 0, max: 60 }).map((index) => `key-${index}`),
    fc.option(fc.nat(3), { nil: undefined }),
    { maxKeys: 40 },
  ),
  { maxLength: 5 },
);

describe('updateShardMap()', () => {
  it('ends at the node that the same items give when they are built at once', async () => {
    await fc.assert(
      fc.asyncProperty(edits, async (batches) => {
        const store = new MemoryStore();
        const model = new Map<ByteString, number>();
        let root = await buildShardMap(store, codec, []);
        for (const batch of batches) {
          const values = new Map(Object.entries(batch).map(([name, value]) => [key(name), value]));
          root = await updateShardMap(store, root, {
            codec,
            keys: values.keys(),
            resolve: (name, current) => {
              expect(current).toBe(model.get(name));
              return values.get(name);
            },
          });
          for (const [name, value] of values) {
            if (value === undefined) model.delete(name);
            else model.set(name, value);
          }
        }

        const built = await buildShardMap(store, codec, itemsOf(model));

        expect(root.toString()).toBe(built.toString());
        expect(await readShardMap(store, root, codec)).toEqual(itemsOf(model));
      }),
      { numRuns: 300 },
    );
  });

  it('writes nothing when no value changes', async () => {
    const store = new CountingStore(new MemoryStore());
    const root = await buildShardMap(store, codec, itemsOf(manyItems(100)));
    store.reset();

    const same = await updateShardMap(store, root, {
      codec,
      keys: [key('key-1'), key('absent')],
      resolve: (_, current) => current,
    });

    expect(same.toString()).toBe(root.toString());
    expect(store.writes).toEqual([]);
  });

  it('reads and writes a number of nodes that is logarithmic in the size of the map', async () => {
    const light = numbers(100);
    const store = new CountingStore(new MemoryStore());
    const root = await buildShardMap(store, light, itemsOf(manyItems(40_000)));
    store.reset();

    const changed = await updateShardMap(store, root, {
      codec: light,
      keys: [key('key-4711')],
      resolve: () => 1_000_000,
    });

    const levels = Math.ceil(Math.log(40_000) / Math.log(16));
    expect(store.reads.length).toBeLessThanOrEqual(levels);
    expect(store.writes.length).toBeLessThanOrEqual(levels);
    store.reset();
    const source = { cid: changed, codec: light };
    expect(await getShardValue(store, source, key('key-4711'))).toBe(1_000_000);
    expect(await getShardValue(store, source, key('key-4712'))).toBe(4712);
    expect(await getShardValue(store, source, key('absent'))).toBeUndefined();
    expect(store.reads.length).toBeLessThanOrEqual(3 * levels);
  });
});

function manyItems(count: number): Map<ByteString, number> {
  return new Map(Array.from({ length: count }, (_, index) => [key(`key-${index}`), index]));
}

describe('buildShardMap()', () => {
  it('keeps items that weigh no more than a leaf may in one node', async () => {
    const store = new CountingStore(new MemoryStore());

    await buildShardMap(store, codec, itemsOf(manyItems(MAX_LEAF_WEIGHT / HEAVY)));
    expect(store.writes).toHaveLength(1);
    store.reset();

    await buildShardMap(store, codec, itemsOf(manyItems(MAX_LEAF_WEIGHT / HEAVY + 1)));
    expect(store.writes.length).toBeGreaterThan(1);
  });

  it('keeps a single item in one node whatever it weighs', async () => {
    const store = new CountingStore(new MemoryStore());

    await buildShardMap(store, numbers(MAX_ITEM_WEIGHT), itemsOf(manyItems(1)));

    expect(store.writes).toHaveLength(1);
  });
});

describe('readShardMap()', () => {
  const name = (text: string) => bytesOfByteString(key(text));
  const refused: readonly { readonly name: string; readonly node: unknown }[] = [
    { name: 'something that is no list', node: { leaf: [] } },
    { name: 'an unknown kind of node', node: [2, []] },
    { name: 'an item without a key', node: [0, [[]]] },
    { name: 'a key that is text', node: [0, [['a', 1]]] },
    { name: 'a key that the map does not allow', node: [0, [[name('a/b'), 1]]] },
    {
      name: 'keys out of order',
      node: [
        0,
        [
          [name('b'), 1],
          [name('a'), 1],
        ],
      ],
    },
    {
      name: 'a key twice',
      node: [
        0,
        [
          [name('a'), 1],
          [name('a'), 1],
        ],
      ],
    },
    {
      name: 'a leaf that should be a branch',
      node: [0, Array.from({ length: 9 }, (_, index) => [name(`${index}`), 1])],
    },
    { name: 'a branch without children', node: [1, []] },
  ];

  it.each(refused)('refuses $name', async ({ node }) => {
    const store = new MemoryStore();
    const cid = await store.putNode(node);

    const error = await rejectionOf(readShardMap(store, cid, codec));

    expect(error.code).toBe('STORE_NODE_INVALID');
    expect(error.message).toContain(cid.toString());
  });

  const statements = [
    { name: 'a wrong count', change: { count: 7 } },
    { name: 'a wrong weight', change: { weight: HEAVY } },
    { name: 'a wrong digit', change: { digit: 1 } },
    { name: 'a digit beyond the fan-out', change: { digit: 16 } },
    { name: 'no items', change: { count: 0, weight: 0 } },
  ];

  it.each(statements)('refuses a branch that states $name for a child', async ({ change }) => {
    const store = new MemoryStore();
    const cid = await branchWith(store, change);

    expect((await rejectionOf(readShardMap(store, cid, codec))).code).toBe('STORE_NODE_INVALID');
  });

  it('accepts a branch that states the truth', async () => {
    const store = new MemoryStore();

    expect(await readShardMap(store, await branchWith(store, {}), codec)).toHaveLength(16);
  });

  it('refuses a branch that should be a leaf', async () => {
    const store = new MemoryStore();
    const child = await buildShardMap(store, codec, itemsWithDigit('0').slice(0, 2));
    const cid = await store.putNode([1, [[0, child, 2, 2 * HEAVY]]]);

    expect((await rejectionOf(readShardMap(store, cid, codec))).code).toBe('STORE_NODE_INVALID');
  });
});

function itemsWithDigit(digit: string): ShardItem<number>[] {
  return itemsOf(manyItems(400)).filter((item) => hashOfKey(item.key).startsWith(digit));
}

/** Stores a branch with eight items under digit 0, stated as `change` says, and eight under f. */
async function branchWith(
  store: MemoryStore,
  change: { readonly digit?: number; readonly count?: number; readonly weight?: number },
): Promise<CID> {
  const first = await buildShardMap(store, codec, itemsWithDigit('0').slice(0, 8));
  const last = await buildShardMap(store, codec, itemsWithDigit('f').slice(0, 8));
  const stated = { digit: 0, count: 8, weight: 8 * HEAVY, ...change };
  const children = [
    [stated.digit, first, stated.count, stated.weight],
    [15, last, 8, 8 * HEAVY],
  ];
  return store.putNode([1, children]);
}
