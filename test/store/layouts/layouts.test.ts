import { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { cidOf, RAW_CODEC } from '../../../src/lib/store/block/block-id.js';
import { balancedDag } from '../../../src/lib/store/layouts/balanced-dag.js';
import { getCidSize } from '../../../src/lib/store/layouts/cid-size.js';
import { flat } from '../../../src/lib/store/layouts/flat.js';
import { layoutNodeOf, parseLayoutNode } from '../../../src/lib/store/layouts/layout-node.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import type { StoredBytes } from '../../../src/lib/store/ipld-store.js';
import { describeLayout } from '../../contracts/layout.js';

describeLayout('flat()', () => flat());
describeLayout('balancedDag()', () => balancedDag());
describeLayout('balancedDag() with 4 parts per node', () => balancedDag({ fanOut: 4 }));

describe('getCidSize()', () => {
  const TIB = 2 ** 40;

  it('takes the size of 1 TiB from the root alone', async () => {
    const store = new MemoryStore();
    const cid = cidOf(RAW_CODEC, Uint8Array.of(1));
    const parts = [1, 2, 3, 4].map(() => ({ cid, sizeBytes: TIB / 4 }));
    const root = await store.putNode(layoutNodeOf(parts));

    const sizeBytes = await getCidSize(root, {
      getBlock: (asked) => store.getBlock(asked),
      sizeOfRaw: () => Promise.reject(new Error('no content is looked at')),
    });

    expect(sizeBytes).toBe(TIB);
  });

  it('asks for the length of a raw block and reads none', async () => {
    const source = {
      getBlock: () => Promise.reject(new Error('no block is read')),
      sizeOfRaw: () => Promise.resolve(7),
    };

    expect(await getCidSize(cidOf(RAW_CODEC, Uint8Array.of(1)), source)).toBe(7);
  });

  it('is the length of the block of a node that no layout has made', async () => {
    const store = new MemoryStore();
    const cid = await store.putNode({ hello: 'world' });

    expect(
      await getCidSize(cid, { getBlock: (asked) => store.getBlock(asked), sizeOfRaw: noSize }),
    ).toBe(13);
  });

  function noSize(): Promise<number> {
    return Promise.reject(new Error('no raw block is asked for'));
  }
});

describe('balancedDag()', () => {
  it('reads one node per level to reach an offset', async () => {
    const store = new MemoryStore();
    async function* chunks(): AsyncGenerator<StoredBytes> {
      for (let index = 0; index < 256; index++) {
        yield { cid: await store.putRawBlock(Uint8Array.of(index)), sizeBytes: 1 };
      }
    }
    const { cid } = await balancedDag({ fanOut: 4 })(chunks(), store);
    const reads: CID[] = [];
    const counting = new MemoryStore();
    counting.getBlock = (block) => {
      reads.push(block);
      return store.getBlock(block);
    };

    for await (const piece of counting.getBytes(cid, { offsetBytes: 200, lengthBytes: 1 })) {
      expect([...piece]).toEqual([200]);
    }

    expect(reads).toHaveLength(4 + 1);
  });

  it('reaches any offset of a file of 1 TiB', async () => {
    const store = new MemoryStore();
    const chunk = await store.putRawBlock(new Uint8Array(1024));
    let part = { cid: chunk, sizeBytes: 1024 };
    for (let level = 0; level < 3; level++) {
      const parts = Array.from({ length: 1024 }, () => part);
      part = { cid: await store.putNode(layoutNodeOf(parts)), sizeBytes: part.sizeBytes * 1024 };
    }

    const tail: Uint8Array[] = [];
    const range = { offsetBytes: 2 ** 40 - 5, lengthBytes: 100 };
    for await (const piece of store.getBytes(part.cid, range)) tail.push(piece);

    expect(await store.getCidSize(part.cid)).toBe(2 ** 40);
    expect(Buffer.concat(tail)).toHaveLength(5);
  });
});

describe('parseLayoutNode()', () => {
  const link = CID.parse('bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku');
  const pbLink = CID.parse('bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi');
  const badNodes: readonly (readonly [string, unknown])[] = [
    ['null', null],
    ['a list', [[link, 1]]],
    ['a missing size', { parts: [[link, 1]] }],
    ['a further key', { bytes: 2, parts: [[link, 1], [link, 1]], more: 1 }], // prettier-ignore
    ['a single part', { bytes: 1, parts: [[link, 1]] }],
    ['a wrong sum', { bytes: 3, parts: [[link, 1], [link, 1]] }], // prettier-ignore
    ['an empty part', { bytes: 1, parts: [[link, 1], [link, 0]] }], // prettier-ignore
    ['a negative size', { bytes: 1, parts: [[link, 2], [link, -1]] }], // prettier-ignore
    ['a fraction', { bytes: 2, parts: [[link, 1.5], [link, 0.5]] }], // prettier-ignore
    ['a part that is no link', { bytes: 2, parts: [['x', 1], ['y', 1]] }], // prettier-ignore
    ['a link of another codec', { bytes: 2, parts: [[pbLink, 1], [pbLink, 1]] }], // prettier-ignore
    ['a sum above 2^53', { bytes: 2 ** 53, parts: [[link, 2 ** 52], [link, 2 ** 52]] }], // prettier-ignore
  ];

  it.each(badNodes)('refuses %s', (_name, value) => {
    expect(parseLayoutNode(value)).toBeUndefined();
  });

  it('reads what layoutNodeOf() makes', () => {
    const parts = [
      { cid: link, sizeBytes: 1 },
      { cid: link, sizeBytes: 2 },
    ];

    expect(parseLayoutNode(layoutNodeOf(parts))).toEqual({ sizeBytes: 3, parts });
  });
});
