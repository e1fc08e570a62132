import * as dagCbor from '@ipld/dag-cbor';
import { CID } from 'multiformats/cid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cidOf, NODE_CODEC, RAW_CODEC } from '../../src/lib/store/block/block-id.js';
import { fastCdc } from '../../src/lib/store/chunkers/fast-cdc.js';
import type { ByteStrategies } from '../../src/lib/store/backends/default-strategies.js';
import type { IpldStore } from '../../src/lib/store/ipld-store.js';
import { balancedDag } from '../../src/lib/store/layouts/balanced-dag.js';
import { MAX_BLOCK_BYTES } from '../../src/lib/store/limits.js';
import { absentCid as absent, readAll as read } from '../support/store-values.js';
import { pseudoRandomBytes, sliced } from '../support/random-bytes.js';
import { describeCollection } from './ipld-store-collection.js';
import { describeContent } from './ipld-store-content.js';

/** A backend under test. */
export interface StoreFixture {
  open(strategies?: ByteStrategies): Promise<IpldStore>;
}

const strategies: ByteStrategies = {
  chunker: fastCdc({ minBytes: 256, targetBytes: 1024, maxBytes: 4096 }),
  layout: balancedDag({ fanOut: 4 }),
};

/** Declares the tests that every `IpldStore` passes. */
export function describeIpldStore(name: string, createFixture: () => StoreFixture): void {
  describe(`${name} as an IpldStore`, () => {
    let store: IpldStore;
    let fixture: StoreFixture;

    beforeEach(async () => {
      fixture = createFixture();
      store = await fixture.open(strategies);
    });
    afterEach(() => store.close());

    describe('putNode()', () => {
      it('round-trips every kind of the data model', async () => {
        const value = {
          text: 'é',
          bytes: Uint8Array.of(0, 255),
          list: [1, -1, 1.5, true, null],
          link: absent,
          large: Number.MAX_SAFE_INTEGER,
        };

        const cid = await store.putNode(value);

        expect(await store.getNode(cid)).toEqual(value);
      });

      it('gives the same CID whatever the order of the keys', async () => {
        const first = await store.putNode({ a: 1, b: 2 });
        const second = await store.putNode({ b: 2, a: 1 });

        expect(second.equals(first)).toBe(true);
        expect(await store.getBlockCount()).toBe(1);
      });

      it('gives the CID that other IPLD tools give', async () => {
        const cid = await store.putNode({ hello: 'world' });

        expect(cid.toString()).toBe('bafyreidykglsfhoixmivffc5uwhcgshx4j465xwqntbmu43nb2dzqwfvae');
      });

      it('rejects a node above the limit', async () => {
        await expect(store.putNode(new Uint8Array(MAX_BLOCK_BYTES))).rejects.toMatchObject({
          code: 'STORE_BLOCK_TOO_LARGE',
        });
      });
    });

    describe('putRawBlock()', () => {
      it.each([0, 1, 4095, 4096, 4097, MAX_BLOCK_BYTES])('round-trips %i bytes', async (size) => {
        const bytes = pseudoRandomBytes(size, size + 1);

        const cid = await store.putRawBlock(bytes);

        expect(Buffer.compare(await store.getRawBlock(cid), bytes)).toBe(0);
        expect(await store.getCidSize(cid)).toBe(size);
      });

      it('rejects a block above the limit', async () => {
        await expect(store.putRawBlock(new Uint8Array(MAX_BLOCK_BYTES + 1))).rejects.toMatchObject({
          code: 'STORE_BLOCK_TOO_LARGE',
        });
      });

      it('stores equal bytes once', async () => {
        await store.putRawBlock(Uint8Array.of(1, 2, 3));
        await store.putRawBlock(Uint8Array.of(1, 2, 3));

        expect(await store.getBlockCount()).toBe(1);
      });

      it('keeps what it was given when the caller reuses the buffer', async () => {
        const bytes = Uint8Array.of(1, 2, 3);

        const cid = await store.putRawBlock(bytes);
        bytes.fill(9);

        expect([...(await store.getRawBlock(cid))]).toEqual([1, 2, 3]);
      });

      it('takes equal bytes under two codecs for two blocks', async () => {
        const node = await store.putNode('same');
        const raw = await store.putRawBlock(await store.getBlock(node));

        expect(raw.multihash.bytes).toEqual(node.multihash.bytes);
        expect(await store.getBlockCount()).toBe(2);
        await store.gc([raw]);
        expect([await store.has(raw), await store.has(node)]).toEqual([true, false]);
      });
    });

    describe('putBlock()', () => {
      it('stores a block that was made elsewhere', async () => {
        const bytes = dagCbor.encode({ made: 'elsewhere' });
        const cid = cidOf(NODE_CODEC, bytes);

        await store.putBlock(cid, bytes);

        expect(await store.getNode(cid)).toEqual({ made: 'elsewhere' });
        expect((await store.putNode({ made: 'elsewhere' })).equals(cid)).toBe(true);
        expect(await store.getBlockCount()).toBe(1);
      });

      const raw = cidOf(RAW_CODEC, Uint8Array.of(1));
      const unsorted = Uint8Array.of(0xa2, 0x61, 0x62, 0x01, 0x61, 0x61, 0x02);
      const refused: readonly (readonly [string, CID, Uint8Array, string])[] = [
        ['other bytes', raw, Uint8Array.of(2), 'STORE_BLOCK_CORRUPT'],
        [
          'another codec',
          CID.createV1(0x70, raw.multihash),
          Uint8Array.of(1),
          'STORE_CODEC_MISMATCH',
        ],
        ['unsorted keys', cidOf(NODE_CODEC, unsorted), unsorted, 'STORE_NODE_INVALID'],
        [
          'no CBOR',
          cidOf(NODE_CODEC, Uint8Array.of(0xff)),
          Uint8Array.of(0xff),
          'STORE_NODE_INVALID',
        ],
      ];

      it.each(refused)('rejects %s', async (...row) => {
        const [, cid, bytes, code] = row;
        await expect(store.putBlock(cid, bytes)).rejects.toMatchObject({ code });

        expect(await store.isEmpty()).toBe(true);
      });
    });

    describe('reading', () => {
      it('rejects a block that was never stored', async () => {
        expect(await store.has(absent)).toBe(false);
        await expect(store.getBlock(absent)).rejects.toMatchObject({ code: 'STORE_BLOCK_MISSING' });
        await expect(store.getCidSize(absent)).rejects.toMatchObject({
          code: 'STORE_BLOCK_MISSING',
        });
      });

      it('rejects a CID of another codec', async () => {
        const node = await store.putNode({});
        const raw = await store.putRawBlock(Uint8Array.of(1));
        const mismatch = { code: 'STORE_CODEC_MISMATCH' };

        await expect(store.getRawBlock(node)).rejects.toMatchObject(mismatch);
        await expect(store.getNode(raw)).rejects.toMatchObject(mismatch);
      });

      it('finds blocks before and after a flush', async () => {
        const cid = await store.putNode({ n: 1 });
        const before = await store.getNode(cid);

        await store.flush();

        expect([before, await store.getNode(cid)]).toEqual([{ n: 1 }, { n: 1 }]);
        expect([await store.has(cid), await store.getBlockCount()]).toEqual([true, 1]);
      });
    });

    describe('putBytes()', () => {
      it('stores empty input as the raw block of zero bytes', async () => {
        const stored = await store.putBytes([]);

        expect(stored.cid.toString()).toBe(
          'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku',
        );
        expect(await store.getCidSize(stored.cid)).toBe(0);
        expect(await read(store.getBytes(stored.cid))).toHaveLength(0);
      });

      it('stores a single chunk as that raw block', async () => {
        const stored = await store.putBytes([Uint8Array.of(1), Uint8Array.of(2)]);

        const raw = await store.putRawBlock(Uint8Array.of(1, 2));
        expect(stored).toEqual({ cid: raw, sizeBytes: 2 });
      });

      it('gives the same CID however the source is sliced', async () => {
        const bytes = pseudoRandomBytes(100_000, 3);

        const roots = [
          await store.putBytes([bytes]),
          await store.putBytes(sliced(bytes, [1, 77, 5000])),
          await store.putBytes(sliced(bytes, [65_536])),
        ];

        expect(new Set(roots.map(({ cid }) => cid.toString())).size).toBe(1);
      });

      it('rejects and stores no root when the source fails', async () => {
        const bytes = pseudoRandomBytes(100_000, 4);
        async function* failing(): AsyncGenerator<Uint8Array> {
          yield* sliced(bytes, [40_000]);
          throw new Error('the line went dead');
        }

        await expect(store.putBytes(failing())).rejects.toThrow('the line went dead');

        await store.flush();
        const whole = await store.putBytes([bytes]);
        await store.gc([whole.cid]);
        expect((await read(store.getBytes(whole.cid))).equals(bytes)).toBe(true);
      });

      it('needs a piece only until it asks for the next one', async () => {
        const bytes = pseudoRandomBytes(3_000_000, 59);
        async function* reused(sizeBytes: number): AsyncGenerator<Uint8Array> {
          const buffer = new Uint8Array(sizeBytes);
          for await (const piece of sliced(bytes, [sizeBytes])) {
            buffer.set(piece);
            yield buffer.subarray(0, piece.length);
            buffer.fill(0xee);
          }
        }
        const { cid } = await store.putBytes([bytes]);

        for (const sizeBytes of [7_000, 400_000]) {
          expect((await store.putBytes(reused(sizeBytes))).cid).toEqual(cid);
        }
      });

      it('stores each of many contents as it stores one', async () => {
        const sizes = [0, 1, 300, 4096, 20_000, 100_000, 300, 0];
        const contents = sizes.map((size, index) => pseudoRandomBytes(size, 60 + (index % 6)));

        const stored = await store.putEach(contents);

        const alone = [];
        for (const content of contents) alone.push(await store.putBytes([content]));
        expect(stored).toEqual(alone);
        for (const [index, { cid }] of stored.entries()) {
          expect(Buffer.compare(await read(store.getBytes(cid)), contents[index]!)).toBe(0);
        }
      });

      it('stores no contents as nothing', async () => {
        expect(await store.putEach([])).toEqual([]);
        expect(await store.isEmpty()).toBe(true);
      });

      it('returns the source when storing stops', async () => {
        const broken = await fixture.open({
          chunker: strategies.chunker!,
          layout: async (chunks) => {
            for await (const chunk of chunks) throw new Error(`no room for ${chunk.sizeBytes}`);
            throw new Error('no chunk came');
          },
        });
        let returned = false;
        async function* source(): AsyncGenerator<Uint8Array> {
          try {
            yield* sliced(pseudoRandomBytes(100_000, 5), [10_000]);
          } finally {
            returned = true;
          }
        }

        await expect(broken.putBytes(source())).rejects.toThrow('no room for');

        expect(returned).toBe(true);
        await broken.close();
      });

      it('keeps concurrent sequences apart', async () => {
        const inputs = Array.from({ length: 8 }, (_, seed) => pseudoRandomBytes(50_000, seed + 20));

        const stored = await Promise.all(
          inputs.map((bytes) => store.putBytes(sliced(bytes, [999]))),
        );

        for (const [index, { cid }] of stored.entries()) {
          expect((await read(store.getBytes(cid))).equals(inputs[index]!)).toBe(true);
        }
      });
    });

    describe('getBytes()', () => {
      const bytes = pseudoRandomBytes(30_000, 6);
      const ranges = [
        { offsetBytes: 0, lengthBytes: 1 },
        { offsetBytes: 0, lengthBytes: 0 },
        { offsetBytes: 1023, lengthBytes: 2 },
        { offsetBytes: 4096, lengthBytes: 4096 },
        { offsetBytes: 29_999, lengthBytes: 1 },
        { offsetBytes: 29_999, lengthBytes: 100 },
        { offsetBytes: 30_000, lengthBytes: 1 },
        { offsetBytes: 1_000_000, lengthBytes: 5 },
        { offsetBytes: 12_345 },
        { lengthBytes: 12_345 },
      ];

      it.each(ranges)('yields what there is of $offsetBytes + $lengthBytes', async (range) => {
        const { cid } = await store.putBytes([bytes]);

        const part = await read(store.getBytes(cid, range));

        const start = range.offsetBytes ?? 0;
        const end = start + (range.lengthBytes ?? Infinity);
        expect(part.equals(bytes.subarray(start, end))).toBe(true);
      });

      it('yields the right bytes around every border of parts', async () => {
        const { cid } = await store.putBytes([bytes]);
        const borders: number[] = [];
        let position = 0;
        for await (const piece of store.getBytes(cid)) borders.push((position += piece.length));

        for (const border of borders) {
          const part = await read(store.getBytes(cid, { offsetBytes: border - 1, lengthBytes: 2 }));
          expect([...part]).toEqual([...bytes.subarray(border - 1, border + 1)]);
        }
        expect(borders.length).toBeGreaterThan(16);
      });

      it('knows the size at the root', async () => {
        const { cid, sizeBytes } = await store.putBytes([bytes]);

        expect([sizeBytes, await store.getCidSize(cid)]).toEqual([30_000, 30_000]);
      });

      it('rejects a node that is no layout node', async () => {
        const cid = await store.putNode({ bytes: 3, parts: [] });

        await expect(read(store.getBytes(cid))).rejects.toMatchObject({
          code: 'STORE_NODE_INVALID',
        });
        expect(await store.getCidSize(cid)).toBe((await store.getBlock(cid)).length);
      });

      it('rejects a part that is not as long as its parent says', async () => {
        const part = await store.putRawBlock(Uint8Array.of(1, 2, 3));
        const cid = await store.putNode({
          bytes: 6,
          parts: [
            [part, 2],
            [part, 4],
          ],
        });

        await expect(read(store.getBytes(cid))).rejects.toMatchObject({
          code: 'STORE_NODE_INVALID',
        });
      });
    });

    describeCollection(() => store);
    describeContent(() => store);

    describe('close()', () => {
      it('makes every later call reject', async () => {
        await store.close();

        await expect(store.putNode({})).rejects.toMatchObject({ code: 'STORE_CLOSED' });
        await expect(store.has(absent)).rejects.toMatchObject({ code: 'STORE_CLOSED' });
        await expect(store.flush()).rejects.toMatchObject({ code: 'STORE_CLOSED' });
      });

      it('does nothing the second time', async () => {
        await store.close();

        await expect(store.close()).resolves.toBeUndefined();
      });
    });
  });
}
