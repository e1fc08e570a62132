import {
  closeSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { isMonoError } from '../../../src/lib/errors.js';
import { PackedFsStore } from '../../../src/lib/store/backends/packed-fs-store.js';
import { rejectionOf } from '../../support/failure.js';
import { pseudoRandomBytes } from '../../support/random-bytes.js';
import { inspectPackedStore } from '../../support/store-check.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const temporaryDirectory = useTemporaryDirectory();

function open(): Promise<PackedFsStore> {
  return PackedFsStore.open({ path: temporaryDirectory() });
}

async function storeWith(blocks: readonly Uint8Array[]): Promise<CID[]> {
  const store = await open();
  const cids: CID[] = [];
  for (const block of blocks) cids.push(await store.putRawBlock(block));
  await store.close();
  return cids;
}

function packPaths(): string[] {
  const packs = join(temporaryDirectory(), 'packs');
  return readdirSync(packs).map((name) => join(packs, name));
}

function flipByte(path: string, offset: number): void {
  const bytes = readFileSync(path);
  const descriptor = openSync(path, 'r+');
  writeSync(descriptor, Uint8Array.of((bytes[offset] as number) ^ 0x40), 0, 1, offset);
  closeSync(descriptor);
}

function removeIndex(): void {
  for (const suffix of ['', '-wal', '-shm']) {
    rmSync(join(temporaryDirectory(), `index.db${suffix}`), { force: true });
  }
}

describe('PackedFsStore with damaged packs', () => {
  it('names the block, the pack and the place of a flipped byte', async () => {
    const [cid] = await storeWith([pseudoRandomBytes(50_000, 1)]);
    const store = await open();
    const location = store.locate([cid!])[0]!;
    flipByte(location.packPath, location.offsetBytes + 777);

    const failure = await rejectionOf(store.getBlock(cid!));

    expect(failure.code).toBe('STORE_BLOCK_CORRUPT');
    expect(failure.details).toEqual({
      cid: cid!.toString(),
      path: location.packPath,
      offsetBytes: location.offsetBytes,
    });
    await store.close();
  });

  it('finds a damaged block among many that are read at once', async () => {
    const cids = await storeWith([1, 2, 3].map((seed) => pseudoRandomBytes(500, seed)));
    const store = await open();
    const location = store.locate([cids[1]!])[0]!;
    flipByte(location.packPath, location.offsetBytes + 7);
    const taken: number[] = [];

    const failure = await rejectionOf(store.readBlocks(cids, (_bytes, at) => taken.push(at)));

    expect(failure.code).toBe('STORE_BLOCK_CORRUPT');
    expect(failure.details).toMatchObject({ cid: cids[1]!.toString() });
    expect(taken).not.toContain(1);
    await store.close();
  });

  it('yields no byte of a damaged block', async () => {
    const [cid] = await storeWith([pseudoRandomBytes(50_000, 2)]);
    const store = await open();
    const location = store.locate([cid!])[0]!;
    flipByte(location.packPath, location.offsetBytes + 49_999);
    const pieces: Uint8Array[] = [];

    const failure = await rejectionOf(
      (async () => {
        for await (const piece of store.getBytes(cid!, { lengthBytes: 1 })) pieces.push(piece);
      })(),
    );

    expect([failure.code, pieces.length]).toEqual(['STORE_BLOCK_CORRUPT', 0]);
    await store.close();
  });

  it.each([
    ['truncated', (path: string) => truncateSync(path, 5000)],
    ['missing', (path: string) => rmSync(path)],
    ['zeroed', (path: string) => writeFileSync(path, new Uint8Array(60_000))],
  ])('reports a block whose pack is %s', async (_name, damage) => {
    const [cid] = await storeWith([pseudoRandomBytes(50_000, 3)]);
    damage(packPaths()[0]!);
    const store = await open();

    await expect(store.getBlock(cid!)).rejects.toMatchObject({ code: 'STORE_BLOCK_CORRUPT' });
    await store.close();
  });

  it('goes on writing beside a pack that has lost its end', async () => {
    await storeWith([pseudoRandomBytes(50_000, 4)]);
    truncateSync(packPaths()[0]!, 5000);

    const [cid] = await storeWith([pseudoRandomBytes(50_000, 5)]);

    const store = await open();
    expect((await store.getBlock(cid!)).length).toBe(50_000);
    await store.close();
  });

  it('deletes nothing when a node that is to be marked is damaged', async () => {
    const store = await open();
    const leaf = await store.putRawBlock(pseudoRandomBytes(9_000, 6));
    const root = await store.putNode({ leaf });
    await store.flush();
    const location = store.locate([root])[0]!;
    flipByte(location.packPath, location.offsetBytes);

    await expect(store.gc([root])).rejects.toMatchObject({ code: 'STORE_BLOCK_CORRUPT' });

    expect(await store.has(leaf)).toBe(true);
    await store.close();
  });
});

describe('PackedFsStore without its index', () => {
  const blocks = [pseudoRandomBytes(9_000, 10), pseudoRandomBytes(300, 11), new Uint8Array(0)];

  it('finds every block again from the packs', async () => {
    const cids = await storeWith(blocks);
    removeIndex();

    const store = await open();

    for (const [index, cid] of cids.entries()) {
      expect(Buffer.compare(await store.getBlock(cid), blocks[index]!)).toBe(0);
    }
    expect(await store.getBlockCount()).toBe(3);
    await store.close();
  });

  it('appends to the packs that it has found', async () => {
    await storeWith(blocks);
    removeIndex();

    const more = await storeWith([pseudoRandomBytes(7_000, 12)]);

    expect(packPaths()).toHaveLength(2);
    const store = await open();
    expect((await store.getBlock(more[0]!)).length).toBe(7_000);
    await store.close();
  });

  it('passes over the half-written end of a pack', async () => {
    await storeWith([blocks[1]!]);
    const [path] = packPaths();
    const whole = readFileSync(path!);
    await storeWith([pseudoRandomBytes(200, 13)]);
    const both = readFileSync(path!);
    removeIndex();
    writeFileSync(path!, both.subarray(0, both.length - 1));

    const store = await open();

    expect(await store.getBlockCount()).toBe(1);
    await store.close();
    expect(both.subarray(0, whole.length).equals(whole)).toBe(true);
  });

  it('serves only right blocks whichever byte of a pack is damaged', async () => {
    await storeWith([blocks[1]!, blocks[2]!, pseudoRandomBytes(40, 14)]);
    const [path] = packPaths();
    const whole = readFileSync(path!);
    let lost = 0;
    for (let offset = 0; offset < whole.length; offset += 17) {
      removeIndex();
      const damaged = Buffer.from(whole);
      damaged[offset] = (damaged[offset] as number) ^ 0x20;
      writeFileSync(path!, damaged);

      try {
        await (await open()).close();
      } catch (error) {
        expect(isMonoError(error, 'STORE_FORMAT_UNSUPPORTED')).toBe(true);
        lost += 1;
        continue;
      }

      const { indexed, unreadable } = inspectPackedStore(temporaryDirectory());
      expect(unreadable).toEqual([]);
      if (indexed.length < 3) lost += 1;
    }
    expect(lost).toBeGreaterThan(8);
  });
});
