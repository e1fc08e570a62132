import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { PackedFsStore } from '../../../src/lib/store/backends/packed-fs-store.js';
import { cidOf, RAW_CODEC } from '../../../src/lib/store/block/block-id.js';
import type { Compression } from '../../../src/lib/store/compression/encode-block.js';
import { packPathsOf, SMALL_SIZES, writeAt } from '../../support/damaged-store.js';
import { readGoldenHex } from '../../support/golden.js';
import { pseudoRandomBytes } from '../../support/random-bytes.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const temporaryDirectory = useTemporaryDirectory();
const compressions: readonly Compression[] = ['none', 'gzip', 'zstd'];

const GOLDEN_PACK = '000102030405060708090a0b0c0d0e0f.pack';
const MONO = Buffer.from('mono '.repeat(40));
const PACK = Buffer.from('pack '.repeat(60));
/** The node `{"hello": "world"}`, known to other IPLD tools by this CID. */
const HELLO = CID.parse('bafyreidykglsfhoixmivffc5uwhcgshx4j465xwqntbmu43nb2dzqwfvae');

function open(compression: Compression, sizes = {}): Promise<PackedFsStore> {
  return PackedFsStore.open({ path: temporaryDirectory(), compression, sizes });
}

async function openWithPack(golden: string): Promise<PackedFsStore> {
  const packs = join(temporaryDirectory(), 'packs');
  await mkdir(packs, { recursive: true });
  writeFileSync(join(packs, GOLDEN_PACK), readGoldenHex(`store/${golden}.hex`));
  return open('none');
}

function removeIndex(): void {
  for (const name of readdirSync(temporaryDirectory())) {
    if (name.startsWith('index.db')) rmSync(join(temporaryDirectory(), name));
  }
}

/** Returns what the index says of how blocks are stored, the longest block first. */
function storedRows(): { encoding: number; stored: number; size: number; kind: string }[] {
  const database = new Database(join(temporaryDirectory(), 'index.db'), { readonly: true });
  const rows = database
    .prepare<[], { encoding: number; stored: number; size: number; kind: string }>(
      `SELECT encoding, stored, blocks.size, kind FROM blocks JOIN packs USING (pack)
       ORDER BY blocks.size DESC, key`,
    )
    .all();
  database.close();
  return rows;
}

function textOf(seed: number, sizeBytes: number): Buffer {
  const word = pseudoRandomBytes(40, seed + 1);
  return Buffer.concat(
    Array.from({ length: Math.ceil(sizeBytes / 40) }, () => word),
    sizeBytes,
  );
}

describe('a pack of version 2', () => {
  it('reads as documented', async () => {
    const store = await openWithPack('pack-v2');

    for (const bytes of [MONO, PACK, new Uint8Array(0)]) {
      const stored = await store.getBlock(cidOf(RAW_CODEC, bytes));
      expect(Buffer.compare(stored, bytes)).toBe(0);
      expect(await store.getCidSize(cidOf(RAW_CODEC, bytes))).toBe(bytes.length);
    }
    expect(await store.getNode(HELLO)).toEqual({ hello: 'world' });
    expect(await store.verify()).toMatchObject({ isSound: true, blockCount: 4 });
    await store.close();
  });

  it('is refused as a whole when its version is newer', async () => {
    await expect(openWithPack('invalid-pack-v3')).rejects.toMatchObject({
      code: 'STORE_FORMAT_UNSUPPORTED',
      details: { version: 3, known: 2 },
    });
  });

  it.each([
    'invalid-pack-v1-compressed',
    'invalid-pack-v2-encoding',
    'invalid-pack-v2-longer',
    'invalid-pack-v2-plain',
  ])('gives nothing of the segment of %s', async (golden) => {
    const store = await openWithPack(golden);

    expect(await store.isEmpty()).toBe(true);
    await store.close();
  });

  it.each(['invalid-pack-v2-check', 'invalid-pack-v2-bomb', 'invalid-pack-v2-zstd-size'])(
    'gives the other blocks of %s',
    async (golden) => {
      const store = await openWithPack(golden);

      expect(await store.getNode(HELLO)).toEqual({ hello: 'world' });
      expect(await store.getBlockCount()).toBe(1);
      await store.close();
    },
  );

  it('names a block that inflates to more than it says', async () => {
    await (await openWithPack('invalid-pack-v2-bomb')).close();
    const cid = cidOf(RAW_CODEC, new Uint8Array(20_000));
    const key = Buffer.concat([Buffer.of(RAW_CODEC), cid.multihash.digest]);
    const database = new Database(join(temporaryDirectory(), 'index.db'));
    const insert = database.prepare('INSERT INTO blocks VALUES (?, 1, 208, 2075, ?, 1)');
    for (const [turn, size] of [20_000, 2 ** 21, 2 ** 40].entries()) {
      if (turn > 0) database.exec('DELETE FROM blocks WHERE stored = 2075');
      insert.run(key, size);
      const store = await open('none');

      await expect(store.getBlock(cid)).rejects.toMatchObject({
        code: 'STORE_BLOCK_CORRUPT',
        details: { offsetBytes: 208 },
      });
      await store.close();
    }
    database.close();
  });
});

describe('PackedFsStore with compression', () => {
  it('reads blocks of every encoding, whatever it writes itself', async () => {
    for (const [turn, compression] of compressions.entries()) {
      const store = await open(compression);
      await store.putRawBlock(textOf(turn, 900 - turn));
      await store.putRawBlock(textOf(turn, 9_000 - turn));
      await store.close();
    }

    for (const compression of compressions) {
      const store = await open(compression);
      for (const turn of compressions.keys()) {
        for (const bytes of [textOf(turn, 900 - turn), textOf(turn, 9_000 - turn)]) {
          const stored = await store.getBlock(cidOf(RAW_CODEC, bytes));
          expect(Buffer.compare(stored, bytes)).toBe(0);
        }
      }
      expect(await store.verify()).toMatchObject({ isSound: true, blockCount: 6 });
      await store.close();
    }
    expect(storedRows().map(({ encoding }) => encoding)).toEqual([0, 1, 2, 0, 1, 2]);
  });

  it('keeps a block in a data pack, where it can be mapped, unless a page is saved', async () => {
    const half = Buffer.concat([pseudoRandomBytes(4_200, 1), new Uint8Array(3_900)]);
    const blocks = [textOf(1, 12_000), pseudoRandomBytes(8_192, 2), half];
    const store = await open('zstd');
    const cids: CID[] = [];
    for (const bytes of blocks) cids.push(await store.putRawBlock(bytes));
    await store.flush();

    const rows = storedRows();

    expect(rows.map(({ kind, encoding }) => [kind, encoding])).toEqual([
      ['node', 2],
      ['data', 0],
      ['data', 0],
    ]);
    expect(store.locate(cids).map((it) => it?.lengthBytes)).toEqual([undefined, 8_192, 8_100]);
    await store.close();
  });

  it('writes nothing but plain blocks in packs of version 1 without it', async () => {
    const store = await PackedFsStore.open({ path: temporaryDirectory() });
    await store.putRawBlock(textOf(1, 900));
    await store.putRawBlock(textOf(1, 9_000));
    await store.close();

    expect(storedRows().map(({ encoding }) => encoding)).toEqual([0, 0]);
    for (const path of packPathsOf(temporaryDirectory())) {
      expect(readFileSync(path).readUInt16LE(8)).toBe(1);
    }
  });

  it('leaves packs of version 1 as they are and begins new ones', async () => {
    const plain = await open('none');
    await plain.putNode({ turn: 1, text: textOf(1, 900) });
    await plain.close();
    const [before] = packPathsOf(temporaryDirectory());
    const bytes = readFileSync(before!);

    const store = await open('gzip');
    await store.putNode({ turn: 2, text: textOf(2, 900) });
    await store.close();

    expect(readFileSync(before!).equals(bytes)).toBe(true);
    const versions = packPathsOf(temporaryDirectory()).map((path) =>
      readFileSync(path).readUInt16LE(8),
    );
    expect(versions.sort()).toEqual([1, 2]);
  });

  it.each(['gzip', 'zstd'] as const)(
    'reads what it has put with %s before it is flushed and after its segment was written',
    async (compression) => {
      const store = await open(compression, { segmentBytes: { data: 2 ** 20, node: 2 ** 20 } });
      const blocks = Array.from({ length: 40 }, (_, turn) =>
        Buffer.concat([pseudoRandomBytes(40_000, turn + 1), new Uint8Array(40_000)]),
      );
      for (const bytes of blocks) await store.putRawBlock(bytes);

      for (const bytes of blocks) {
        const stored = await store.getBlock(cidOf(RAW_CODEC, bytes));
        expect(Buffer.compare(stored, bytes)).toBe(0);
      }
      await store.close();
    },
  );

  it.each(['gzip', 'zstd'] as const)(
    'moves blocks with %s as they are stored, and finds them again without an index',
    async (compression) => {
      const store = await open(compression, SMALL_SIZES);
      const leaves: CID[] = [];
      for (let turn = 0; turn < 60; turn++) {
        const bytes = Buffer.concat([pseudoRandomBytes(3_000, turn + 1), textOf(turn, 9_000)]);
        leaves.push(await store.putRawBlock(bytes));
      }
      const live = leaves.filter((_leaf, turn) => turn % 4 === 0);
      const root = await store.putNode({ live, text: textOf(99, 500) });
      await store.flush();
      const before = storedRows().filter(({ size }) => size !== 12_000);
      await store.close();

      const other = await open('none', SMALL_SIZES);
      const planned = await other.gc([root], { dryRun: true });
      const done = await other.gc([root]);
      expect(done).toEqual(planned);
      expect(done).toMatchObject({ keptBlocks: 16, deletedBlocks: 45 });
      expect(await other.getReferenceCount(live[0]!)).toBe(1);
      await other.close();
      removeIndex();

      const reopened = await open('none');
      expect(await reopened.verify()).toMatchObject({ isSound: true, blockCount: 16 });
      const encoding = compression === 'gzip' ? 1 : 2;
      const rows = storedRows();
      expect(rows.every((row) => row.encoding === encoding && row.kind === 'node')).toBe(true);
      expect(rows.filter(({ size }) => size !== 12_000)).toEqual(before);
      expect(await reopened.getReferenceCount(live[0]!)).toBe(1);
      await reopened.close();
    },
  );

  it.each(['gzip', 'zstd'] as const)(
    'finds a flipped bit in every byte of a pack with %s',
    async (compression) => {
      const store = await open(compression);
      await store.putNode({
        leaf: await store.putRawBlock(textOf(3, 5_000)),
        text: textOf(4, 300),
      });
      await store.flush();
      const [path] = packPathsOf(temporaryDirectory());
      const whole = readFileSync(path!);

      for (let offset = 0; offset < whole.length; offset++) {
        writeAt(path!, Uint8Array.of(whole[offset]! ^ 1), offset);
        expect((await store.verify()).findingCount, `byte ${offset}`).toBeGreaterThan(0);
        writeAt(path!, whole.subarray(offset, offset + 1), offset);
      }
      expect(storedRows().map(({ encoding }) => encoding > 0)).toEqual([true, true]);
      await store.close();
    },
  );

  it('repairs a damaged frame from a copy, and compresses it again', async () => {
    const bytes = textOf(5, 6_000);
    const store = await open('zstd');
    const cid = await store.putRawBlock(bytes);
    await store.flush();
    const before = storedRows();
    const [path] = packPathsOf(temporaryDirectory());
    const length = readFileSync(path!).length;
    writeAt(path!, Uint8Array.of(0xff, 0xfe), length - 4);
    await expect(store.getBlock(cid)).rejects.toMatchObject({ code: 'STORE_BLOCK_CORRUPT' });
    const copy = { getBlock: () => Promise.resolve(bytes), has: () => Promise.resolve(true) };

    const report = await store.repair([copy]);

    expect(report).toMatchObject({ repairedBlocks: 1, lostCount: 0 });
    expect(await store.verify()).toMatchObject({ isSound: true });
    expect(storedRows()).toEqual(before);
    await store.close();
  });
});
