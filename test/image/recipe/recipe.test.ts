import * as fc from '../../support/fast-check.js';
import type { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/lib/base/digest.js';
import { isMonoError } from '../../../src/lib/errors.js';
import { applyLayer } from '../../../src/lib/image/layer/apply-layer.js';
import { recreateLayer } from '../../../src/lib/image/recipe/recreate-layer.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import { rejectionOf } from '../../support/failure.js';
import { gnuLong, writeTar, type TarItem } from '../../support/tar-writer.js';

const MEDIA_TYPE = 'application/vnd.oci.image.layer.v1.tar';

const anyItem: fc.Arbitrary<TarItem> = fc
  .record({
    name: fc.nat(500),
    type: fc.constantFrom('0', '0', '0', '5', '2', '6', '3'),
    size: fc.oneof(fc.constantFrom(0, 1, 511, 512, 513, 70_000), fc.nat(2000)),
    format: fc.constantFrom('ustar' as const, 'gnu' as const, 'v7' as const, 'star' as const),
    mode: fc.nat(0o7777),
    uid: fc.nat(70_000),
    mtime: fc.nat(2_000_000_000),
    pax: fc.option(fc.constantFrom('1.5', '1700000000.123456789'), { nil: undefined }),
    padding: fc.constantFrom('', 'junk'),
    whiteout: fc.nat(20),
  })
  .map(({ name, padding, pax, size, type, whiteout, ...rest }): TarItem => ({
    ...rest,
    type,
    name: `${whiteout === 0 ? '.wh.' : ''}n${name}`,
    linkName: type === '2' ? 'target' : '',
    content: type === '0' ? Buffer.alloc(size, name % 7) : '',
    ...(pax ? { pax: { mtime: pax } } : {}),
    // Bytes that mean nothing: the device of what is no device.
    patch: (block) => block.write(padding, 500, 'latin1'),
  }));

describe('recreateLayer()', () => {
  it('gives back the bytes of any archive, however they were sliced', async () => {
    const anyArchive = fc.record({
      items: fc.array(anyItem, { maxLength: 30 }),
      endBlocks: fc.constantFrom(0, 1, 2, 20),
      trailer: fc.oneof(fc.constant(new Uint8Array()), fc.uint8Array({ maxLength: 2000 })),
      cuts: fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(anyArchive, async ({ cuts, endBlocks, items, trailer }) => {
        const end = endBlocks < 2 ? new Uint8Array() : trailer;
        const tar = Buffer.concat([writeTar(items, { endBlocks }), end]);
        const store = new MemoryStore();
        const recipe = await recipeOf(store, tar, [tar]);

        const again = await recreated(store, recipe);

        expect(again.equals(tar)).toBe(true);
        const sliced = await recipeOf(new MemoryStore(), tar, slices(tar, cuts));
        expect(sliced.toString()).toBe(recipe.toString());
      }),
      { numRuns: 60 },
    );
  });

  it('keeps contents that no name leads to: of whiteouts, and of names that come twice', async () => {
    const tar = writeTar([
      { name: '.wh.gone', content: 'a whiteout with content' },
      { name: '.wh..wh.plnk/1.2', content: 'x'.repeat(100_000) },
      { name: 'twice', content: 'first' },
      { name: 'twice', content: 'second' },
      gnuLong('L', 'long/'.repeat(30)),
      { name: 'long', type: '5' },
    ]);
    const store = new MemoryStore();
    const { changeSet, recipe } = await applied(store, tar);
    await store.gc([changeSet, recipe!]);

    const again = await recreated(store, recipe!);

    expect(again.equals(tar)).toBe(true);
  });

  it('takes less than a hundred bytes a file, the link to its content included', async () => {
    const count = 1500;
    const items = Array.from({ length: count }, (_, index) => ({
      name: `usr/share/doc/package-${index >> 4}/file-${index}.txt`,
      content: `content ${index}`,
      mtime: 1_700_000_000 + (index >> 4),
    }));
    const tar = writeTar(items);
    const store = new MemoryStore();
    const before = await bytesIn(store, async () => (await applied(store, tar, false)).changeSet);

    const after = await bytesIn(store, async () => (await applied(store, tar)).recipe!);

    expect((after - before) / count).toBeLessThan(100);
  });

  it('holds archives of more than one part', async () => {
    const noise = (index: number): TarItem => ({
      name: `f${index}`,
      content: Buffer.of(index & 0xff),
      patch: (block) => {
        for (let at = 345; at < 500; at++) block[at] = 1 + ((at * index) % 255);
      },
    });
    const tar = writeTar(Array.from({ length: 1500 }, (_, index) => noise(index)));
    const store = new MemoryStore();
    const recipe = await recipeOf(store, tar, [tar]);

    const again = await recreated(store, recipe);

    const node = (await store.getNode(recipe)) as unknown[];
    expect((node[4] as unknown[]).length).toBeGreaterThan(2);
    expect(again.equals(tar)).toBe(true);
  });

  it('gives a recipe that any program gives', async () => {
    const tar = writeTar([
      { name: 'bin/', type: '5', mode: 0o755 },
      { name: 'bin/sh', content: 'shell', mode: 0o755, mtime: 1_700_000_000 },
      { name: 'bin/ls', content: 'list', mode: 0o755, mtime: 1_700_000_000 },
    ]);
    const store = new MemoryStore();
    const recipe = await recipeOf(store, tar, [tar]);

    const [, , , , parts] = (await store.getNode(recipe)) as [0, 0, 0, 0, CID[]];
    const [framing] = (await store.getNode(parts[0]!)) as [Uint8Array];
    expect(recipe.toString()).toMatchInlineSnapshot(
      `"bafyreihv7x4r3pdfafoq2m4pgro3rqhglatufu3suibvcdg4rzfvtyhgeq"`,
    );
    expect(Buffer.from(framing).toString('hex')).toMatchInlineSnapshot(
      `"0303000462696e2f60393030303037353500303030303030300030303030303030003030303030303030303030003030303030303030303030003030363531350020356408757374617200303007030402736880010b350031343532343737303405073731313200203002ec0f070304026c738001013412013502f02f"`,
    );
  });

  it('says that the bytes are others when a recipe is not that of its diffID', async () => {
    const store = new MemoryStore();
    const tar = writeTar([{ name: 'f', content: 'x' }]);
    const node = (await store.getNode(await recipeOf(store, tar, [tar]))) as unknown[];
    const changed = [
      [...node.slice(0, 2), new Uint8Array(32), ...node.slice(3)],
      [...node.slice(0, 3), tar.length - 1, node[4]],
      [...node.slice(0, 4), []],
    ];

    for (const value of changed) {
      const failure = await rejectionOf(recreated(store, await store.putNode(value)));
      expect(failure.code).toBe('LAYER_DIFF_ID_MISMATCH');
    }
  });

  it('refuses a recipe of a later format, and what is no recipe', async () => {
    const store = new MemoryStore();
    const later = await store.putNode(['monofs-layer-recipe', 2, 'anything']);
    const other = await store.putNode(['monofs-root', 1]);

    const failures = [later, other].map(
      async (cid) => (await rejectionOf(recreated(store, cid))).code,
    );

    expect(await Promise.all(failures)).toEqual(['STORE_FORMAT_UNSUPPORTED', 'STORE_NODE_INVALID']);
  });

  it('survives any damage of a part with an error of its own', async () => {
    const store = new MemoryStore();
    const tar = writeTar([
      { name: 'a', content: 'a' },
      { name: 'b', content: 'b', mtime: 5 },
    ]);
    const node = (await store.getNode(await recipeOf(store, tar, [tar]))) as unknown[];
    const [framing, contents] = (await store.getNode((node[4] as CID[])[0]!)) as [
      Uint8Array,
      unknown,
    ];
    const edit = fc.record({ at: fc.nat(framing.length), bytes: fc.uint8Array({ maxLength: 9 }) });

    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
        let damaged = Uint8Array.from(framing);
        for (const { at, bytes } of edits) {
          damaged = Uint8Array.from([...damaged.slice(0, at), ...bytes, ...damaged.slice(at + 1)]);
        }
        const part = await store.putNode([damaged, contents]);
        const recipe = await store.putNode([...node.slice(0, 4), [part]]);

        const outcome = await recreated(store, recipe).catch((error: unknown) => error);

        const codes = ['STORE_NODE_INVALID', 'LAYER_DIFF_ID_MISMATCH'];
        const isRefused = isMonoError(outcome) && codes.includes(outcome.code);
        expect(isRefused || (outcome as Buffer).equals(tar)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

async function applied(store: MemoryStore, tar: Uint8Array, keepRecipe = true) {
  const layer = { digest: digestOf(tar), mediaType: MEDIA_TYPE, diffId: undefined, blob: [tar] };
  return applyLayer(store, layer, { keepRecipe });
}

async function recipeOf(
  store: MemoryStore,
  tar: Uint8Array,
  blob: readonly Uint8Array[],
): Promise<CID> {
  const layer = { digest: digestOf(tar), mediaType: MEDIA_TYPE, diffId: digestOf(tar), blob };
  const { recipe } = await applyLayer(store, layer, { keepRecipe: true });
  if (recipe === undefined) throw new Error('no recipe was kept');
  return recipe;
}

async function recreated(store: MemoryStore, recipe: CID): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of recreateLayer(store, recipe)) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Encoded size of all that hangs below what `make` stores. */
async function bytesIn(store: MemoryStore, make: () => Promise<CID>): Promise<number> {
  const { deletedBytes } = await store.gc([await make()], { dryRun: true });
  const all = await store.gc([], { dryRun: true });
  return all.deletedBytes - deletedBytes;
}

function slices(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = cuts[pieces.length % cuts.length]!;
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return pieces;
}
