import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { cidOf, keyOfCid, RAW_CODEC } from '../../../src/lib/store/block/block-id.js';
import { FlatFsStore } from '../../../src/lib/store/backends/flat-fs-store.js';
import {
  flatNameOf,
  keyOfFlatName,
  parseFlatHeader,
} from '../../../src/lib/store/flat/flat-format.js';
import { FlatReader } from '../../../src/lib/store/flat/flat-reader.js';
import { readGoldenHex } from '../../support/golden.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const temporaryDirectory = useTemporaryDirectory();

/** The node `{"hello": "world"}`, known to other IPLD tools by this CID. */
const cid = CID.parse('bafyreidykglsfhoixmivffc5uwhcgshx4j465xwqntbmu43nb2dzqwfvae');
const key = keyOfCid(cid)!;
const name = flatNameOf(key);
const golden = readGoldenHex('store/flat-node.hex');

/** Returns the golden file with other bytes at `offset`, its header's check made right again. */
function withBytes(offset: number, bytes: readonly number[]): Buffer {
  const file = Buffer.from(golden);
  file.set(bytes, offset);
  createHash('sha256').update(file.subarray(0, 56)).digest().copy(file, 56, 0, 8);
  return file;
}

/** Returns the golden file with its content said to be these bytes in another encoding. */
function encoded(encoding: number, stored: Uint8Array, sizeBytes: number): Buffer {
  const file = Buffer.concat([golden.subarray(0, 64), stored]);
  file.writeUInt8(encoding, 11);
  file.writeUInt32LE(sizeBytes, 12);
  file.writeUInt32LE(stored.length, 16);
  createHash('sha256').update(file.subarray(0, 56)).digest().copy(file, 56, 0, 8);
  return file;
}

async function openWith(file: Uint8Array): Promise<FlatFsStore> {
  const path = join(temporaryDirectory(), 'blocks', name.slice(0, 2), name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, file);
  return FlatFsStore.open({ path: temporaryDirectory() });
}

describe('flatNameOf()', () => {
  it('is the hash in hex and the codec', () => {
    expect(name).toMatch(/^[0-9a-f]{64}\.dag-cbor$/);
    expect(keyOfFlatName(name)).toBe(key);
  });

  it.each(['', 'x', name.slice(1), name.toUpperCase(), `${name}.tmp`, name.replace('dag-', '')])(
    'is not %j',
    (other) => {
      expect(keyOfFlatName(other)).toBeUndefined();
    },
  );
});

describe('a flat block file', () => {
  it('reads as documented', async () => {
    const store = await openWith(golden);

    expect(await store.getNode(cid)).toEqual({ hello: 'world' });
    expect(await store.getBlockCount()).toBe(1);
    await store.close();
  });

  it.each([
    ['gzip', 'mono '.repeat(40)],
    ['zstd', 'pack '.repeat(60)],
  ])('reads as documented when it is compressed with %s', async (compression, text) => {
    const file = readGoldenHex(`store/flat-${compression}.hex`);
    const bytes = Buffer.from(text);
    const compressed = keyOfCid(cidOf(RAW_CODEC, bytes))!;
    const path = join(temporaryDirectory(), flatNameOf(compressed));
    writeFileSync(path, file);

    const reader = new FlatReader({ pathOf: () => path });

    expect(Buffer.compare((await reader.readOrLoad(compressed))!, bytes)).toBe(0);
    expect(reader.sizeOf(compressed)).toBe(text.length);
  });

  it('is written as documented', async () => {
    const store = await FlatFsStore.open({ path: temporaryDirectory() });

    await store.putNode({ hello: 'world' });

    const path = join(temporaryDirectory(), 'blocks', name.slice(0, 2), name);
    expect(readFileSync(path).equals(golden)).toBe(true);
    await store.close();
  });

  const refused: readonly (readonly [string, Buffer, string])[] = [
    ['a newer version', withBytes(8, [2, 0]), 'STORE_FORMAT_UNSUPPORTED'],
    ['an unknown codec', withBytes(10, [0x70]), 'STORE_BLOCK_CORRUPT'],
    ['another codec than its name', withBytes(10, [0x55]), 'STORE_BLOCK_CORRUPT'],
    ['a length above the limit', withBytes(12, [1, 0, 16, 0]), 'STORE_BLOCK_CORRUPT'],
    ['more stored than there is', withBytes(16, [255]), 'STORE_BLOCK_CORRUPT'],
    ['another hash than its name', withBytes(24, [0, 0]), 'STORE_BLOCK_CORRUPT'],
    ['reserved bytes', withBytes(20, [1]), 'STORE_BLOCK_CORRUPT'],
    ['an unknown encoding', withBytes(11, [3]), 'STORE_BLOCK_CORRUPT'],
    [
      'gzip that inflates to more than it says',
      encoded(1, gzipSync(new Uint8Array(16 * 1024 * 1024)), 20_000),
      'STORE_BLOCK_CORRUPT',
    ],
    ['no gzip', encoded(1, Buffer.alloc(20), 30), 'STORE_BLOCK_CORRUPT'],
    ['no zstd', encoded(2, Buffer.alloc(20), 30), 'STORE_BLOCK_CORRUPT'],
    ['no content', Buffer.alloc(0), 'STORE_BLOCK_CORRUPT'],
    ['only a header', Buffer.from(golden.subarray(0, 64)), 'STORE_BLOCK_CORRUPT'],
    ['a tail', Buffer.concat([golden, Buffer.of(0)]), 'STORE_BLOCK_CORRUPT'],
    ['other bytes', Buffer.concat([golden.subarray(0, -1), Buffer.of(0)]), 'STORE_BLOCK_CORRUPT'],
  ];

  it.each(refused)('is refused with %s', async (...row) => {
    const [, file, code] = row;
    const store = await openWith(file);

    await expect(store.getNode(cid)).rejects.toMatchObject({ code });
    await store.close();
  });

  it('is noticed whichever byte is flipped', async () => {
    for (let offset = 0; offset < golden.length; offset++) {
      const file = Buffer.from(golden);
      file[offset] = (file[offset] as number) ^ 0x10;
      const store = await openWith(file);

      await expect(store.getBlock(cid)).rejects.toMatchObject({ code: 'STORE_BLOCK_CORRUPT' });
      await store.close();
    }
  });

  it('is written anew by a put when its header or length is damaged', async () => {
    const store = await openWith(Buffer.from(golden.subarray(0, 70)));

    await store.putNode({ hello: 'world' });

    expect(await store.getNode(cid)).toEqual({ hello: 'world' });
    await store.close();
  });

  it('says which block it holds without its name', () => {
    expect(parseFlatHeader(golden, 'lost')).toMatchObject({ key, sizeBytes: 13, storedBytes: 13 });
  });
});
