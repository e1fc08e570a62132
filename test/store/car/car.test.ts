import { CarReader, CarWriter } from '@ipld/car';
import * as dagCbor from '@ipld/dag-cbor';
import type { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { cidOf, NODE_CODEC, RAW_CODEC } from '../../../src/lib/store/block/block-id.js';
import { exportCar, importCar } from '../../../src/lib/store/car/car.js';
import { MAX_BLOCK_BYTES } from '../../../src/lib/store/limits.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import { pseudoRandomBytes, sliced } from '../../support/random-bytes.js';

async function bytesOf(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function storeWithTree(): Promise<{ store: MemoryStore; root: CID }> {
  const store = new MemoryStore();
  const { cid } = await store.putBytes([pseudoRandomBytes(900_000, 1)]);
  const shared = await store.putRawBlock(Uint8Array.of(1));
  const inner = await store.putNode({ shared });
  return { store, root: await store.putNode({ content: cid, inner, shared }) };
}

async function carOf(
  roots: CID[],
  blocks: readonly { cid: CID; bytes: Uint8Array }[],
): Promise<Uint8Array> {
  const { writer, out } = CarWriter.create(roots);
  const bytes = bytesOf(out);
  for (const block of blocks) await writer.put(block);
  await writer.close();
  return bytes;
}

describe('exportCar()', () => {
  it('round-trips a tree with its CIDs through importCar()', async () => {
    const { store, root } = await storeWithTree();
    const target = new MemoryStore();

    const imported = await importCar(exportCar(store, [root]), target);

    expect(imported).toEqual({ roots: [root], blocks: await store.getBlockCount() });
    expect((await target.gc([root])).deletedBlocks).toBe(0);
    expect(await target.getNode(root)).toEqual(await store.getNode(root));
  });

  it('gives the same bytes each time, with every block once', async () => {
    const { store, root } = await storeWithTree();

    const first = await bytesOf(exportCar(store, [root]));
    const second = await bytesOf(exportCar(store, [root]));

    expect(Buffer.compare(first, second)).toBe(0);
    const cids: string[] = [];
    const reader = await CarReader.fromBytes(first);
    for await (const cid of reader.cids()) cids.push(cid.toString());
    expect(cids[0]).toBe(root.toString());
    expect(new Set(cids).size).toBe(cids.length);
    expect(cids).toHaveLength(await store.getBlockCount());
  });

  it('rejects when a block is missing', async () => {
    const store = new MemoryStore();
    const lost = cidOf(RAW_CODEC, Uint8Array.of(7));
    const root = await store.putNode({ lost });

    await expect(bytesOf(exportCar(store, [root]))).rejects.toMatchObject({
      code: 'STORE_BLOCK_MISSING',
    });
  });
});

describe('importCar()', () => {
  const leaf = Uint8Array.of(1, 2, 3);
  const leafCid = cidOf(RAW_CODEC, leaf);
  const node = dagCbor.encode({ leaf: leafCid });
  const nodeCid = cidOf(NODE_CODEC, node);
  const whole = [
    { cid: nodeCid, bytes: node },
    { cid: leafCid, bytes: leaf },
  ];

  it('takes the bytes in pieces of any size', async () => {
    const car = await carOf([nodeCid], whole);

    for (const size of [1, 2, 7, 1000]) {
      const imported = await importCar(sliced(car, [size]), new MemoryStore());
      expect(imported.blocks).toBe(2);
    }
  });

  it('rejects the file cut off at any byte', async () => {
    const car = await carOf([nodeCid], whole);

    for (let length = 0; length < car.length; length++) {
      const importing = importCar([car.subarray(0, length)], new MemoryStore());
      await expect(importing).rejects.toMatchObject({ code: 'CAR_INVALID' });
    }
  });

  it('rejects, or takes rightly, the file with any byte changed', async () => {
    const car = await carOf([nodeCid], whole);

    for (let index = 0; index < car.length; index++) {
      const damaged = Uint8Array.from(car);
      damaged[index] = (damaged[index] as number) ^ 0x11;
      const failure = await importCar([damaged], new MemoryStore()).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(failure).toMatchObject({ name: 'MonoError' });
    }
  });

  it('rejects a block under another CID', async () => {
    const car = await carOf([leafCid], [{ cid: leafCid, bytes: Uint8Array.of(9) }]);

    await expect(importCar([car], new MemoryStore())).rejects.toMatchObject({
      code: 'STORE_BLOCK_CORRUPT',
    });
  });

  it('rejects a node that is not canonical', async () => {
    const bytes = Uint8Array.of(0xa2, 0x61, 0x62, 0x01, 0x61, 0x61, 0x02);
    const cid = cidOf(NODE_CODEC, bytes);

    const importing = importCar([await carOf([cid], [{ cid, bytes }])], new MemoryStore());

    await expect(importing).rejects.toMatchObject({ code: 'STORE_NODE_INVALID' });
  });

  it('rejects a section above the block limit before taking it in', async () => {
    let yielded = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield (await carOf([leafCid], [])).subarray();
      yield Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x7f);
      for (; yielded < 1000; yielded++) yield new Uint8Array(65_536);
    }

    await expect(importCar(endless(), new MemoryStore())).rejects.toMatchObject({
      code: 'CAR_INVALID',
    });

    expect(yielded * 65_536).toBeLessThan(MAX_BLOCK_BYTES);
  });

  it('rethrows what the source throws', async () => {
    const car = await carOf([nodeCid], whole);
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield car.subarray(0, 80);
      await Promise.reject(new Error('the disk is gone'));
    }

    await expect(importCar(failing(), new MemoryStore())).rejects.toThrow('the disk is gone');
  });

  it('takes a file without a block that the store has', async () => {
    const store = new MemoryStore();
    await store.putRawBlock(leaf);

    const imported = await importCar([await carOf([nodeCid], [whole[0]!])], store);

    expect(imported.blocks).toBe(1);
  });
});
