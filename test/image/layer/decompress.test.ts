import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { digestFromHash, digestOf } from '../../../src/lib/base/digest.js';
import { decompress } from '../../../src/lib/image/layer/decompress.js';
import type { LayerCompression } from '../../../src/lib/image/layer/media-type.js';
import { createStreamHash, hashHere } from '../../../src/lib/io/native/stream-hash.js';
import { readGoldenHex } from '../../support/golden.js';
import { zstdStored } from '../../support/zstd-stored.js';

const TEXT = 'some bytes that repeat, some bytes that repeat\n'.repeat(50);
const MULTI_FRAME = readGoldenHex('image/multi-frame.zst.hex');
const MULTI_FRAME_TEXT = 'first frame of a layer\n'.repeat(4) + 'second frame\n'.repeat(100);

describe('decompress()', () => {
  const goodBlobs: { name: string; as: LayerCompression; bytes: Uint8Array; content: string }[] = [
    { name: 'plain bytes', as: 'none', bytes: Buffer.from(TEXT), content: TEXT },
    { name: 'no bytes', as: 'none', bytes: new Uint8Array(0), content: '' },
    { name: 'three plain bytes', as: 'none', bytes: Buffer.from('abc'), content: 'abc' },
    { name: 'gzip', as: 'gzip', bytes: gzipSync(TEXT), content: TEXT },
    { name: 'gzip of nothing', as: 'gzip', bytes: gzipSync(''), content: '' },
    {
      name: 'several gzip members',
      as: 'gzip',
      bytes: Buffer.concat([gzipSync(TEXT), gzipSync(''), gzipSync('end')]),
      content: `${TEXT}end`,
    },
    {
      name: 'gzip with zeros behind it',
      as: 'gzip',
      bytes: Buffer.concat([gzipSync(TEXT), new Uint8Array(1000)]),
      content: TEXT,
    },
    { name: 'several zstd frames', as: 'zstd', bytes: MULTI_FRAME, content: MULTI_FRAME_TEXT },
    {
      name: 'a zstd stream of raw blocks',
      as: 'zstd',
      bytes: zstdStored(Buffer.from(TEXT)),
      content: TEXT,
    },
    {
      name: 'zstd that begins with a skippable frame',
      as: 'zstd',
      bytes: Buffer.concat([MULTI_FRAME.subarray(43, 55), MULTI_FRAME]),
      content: MULTI_FRAME_TEXT,
    },
  ];

  it.each(goodBlobs)('gives the content of $name', async ({ as, bytes, content }) => {
    expect((await read(as, [bytes])).toString()).toBe(content);
  });

  it.each(goodBlobs)('gives the content of $name, cut anywhere', async ({ as, bytes, content }) => {
    for (let cut = 0; cut <= bytes.length; cut += 1 + (bytes.length >> 7)) {
      const output = await read(as, [bytes.subarray(0, cut), bytes.subarray(cut)]);
      expect(output.toString()).toBe(content);
    }
  });

  it('gives zstd output that is kept', async () => {
    const content = randomBytes(1_000_000);

    expect((await read('zstd', [zstdStored(content)])).equals(content)).toBe(true);
  });

  const badBlobs: { name: string; as: LayerCompression; bytes: Uint8Array; message: RegExp }[] = [
    {
      name: 'gzip said, plain sent',
      as: 'gzip',
      bytes: Buffer.from(TEXT),
      message: /not compressed/,
    },
    {
      name: 'gzip said, nothing sent',
      as: 'gzip',
      bytes: new Uint8Array(0),
      message: /not compressed/,
    },
    {
      name: 'gzip said, zstd sent',
      as: 'gzip',
      bytes: MULTI_FRAME,
      message: /is compressed with zstd/,
    },
    {
      name: 'none said, gzip sent',
      as: 'none',
      bytes: gzipSync(TEXT),
      message: /is compressed with gzip/,
    },
    {
      name: 'zstd said, gzip sent',
      as: 'zstd',
      bytes: gzipSync(TEXT),
      message: /is compressed with gzip/,
    },
    {
      name: 'cut gzip',
      as: 'gzip',
      bytes: gzipSync(TEXT).subarray(0, -9),
      message: /damaged or cut/,
    },
    {
      name: 'gzip without its trailer',
      as: 'gzip',
      bytes: gzipSync(TEXT).subarray(0, -1),
      message: /damaged or cut/,
    },
    {
      name: 'gzip with a wrong checksum',
      as: 'gzip',
      bytes: flip(gzipSync(TEXT), -5),
      message: /damaged or cut/,
    },
    {
      name: 'a damaged gzip stream',
      as: 'gzip',
      bytes: flip(gzipSync(randomBytes(999)), 20),
      message: /damaged or cut/,
    },
    { name: 'cut zstd', as: 'zstd', bytes: MULTI_FRAME.subarray(0, 30), message: /cut off/ },
    {
      name: 'a cut second frame',
      as: 'zstd',
      bytes: MULTI_FRAME.subarray(0, 60),
      message: /cut off/,
    },
    {
      name: 'zstd without its checksum',
      as: 'zstd',
      bytes: MULTI_FRAME.subarray(0, 40),
      message: /cut off/,
    },
    {
      name: 'zstd with a wrong checksum',
      as: 'zstd',
      bytes: flip(MULTI_FRAME, 42),
      message: /damaged/,
    },
    {
      name: 'zstd with a damaged block',
      as: 'zstd',
      bytes: flip(MULTI_FRAME, 34),
      message: /damaged/,
    },
    {
      name: 'zstd with a damaged last block',
      as: 'zstd',
      bytes: flip(MULTI_FRAME.subarray(55, -13), 24),
      message: /damaged|cut/,
    },
    {
      name: 'garbage behind zstd',
      as: 'zstd',
      bytes: Buffer.concat([MULTI_FRAME, Buffer.from('garbage!')]),
      message: /damaged/,
    },
    {
      name: 'a zstd block of the reserved type',
      as: 'zstd',
      bytes: hex('28b52ffd 00 58 07 00 00'),
      message: /damaged/,
    },
    {
      name: 'a zstd block beyond 128 KiB',
      as: 'zstd',
      bytes: hex('28b52ffd 00 58 01 00 20 ff'),
      message: /damaged/,
    },
    {
      name: 'a zstd header with the reserved bit',
      as: 'zstd',
      bytes: hex('28b52ffd 08 58 01 00 00'),
      message: /damaged/,
    },
    {
      name: 'zstd that needs a dictionary',
      as: 'zstd',
      bytes: hex('28b52ffd 01 58 07 01 00 00'),
      message: /dictionary/,
    },
    {
      name: 'a zstd window of 128 MiB',
      as: 'zstd',
      bytes: hex('28b52ffd 04 88 01 00 00'),
      message: /window of 134217728/,
    },
    {
      name: 'a zstd segment of 4 GiB',
      as: 'zstd',
      bytes: hex('28b52ffd a0 ffffffff 01 00 00'),
      message: /window of 4294967295/,
    },
  ];

  it.each(badBlobs)('refuses $name', async ({ as, bytes, message }) => {
    const reading = read(as, [bytes]);

    await expect(reading).rejects.toMatchObject({ code: 'LAYER_COMPRESSION_INVALID' });
    await expect(reading).rejects.toThrow(message);
  });

  it.each(['none', 'gzip', 'zstd'] as const)('throws what its source throws (%s)', async (as) => {
    const failure = new Error('the source broke');
    async function* source(): AsyncGenerator<Uint8Array> {
      yield compress(as, randomBytes(300_000)).subarray(0, 100_000);
      await Promise.resolve();
      throw failure;
    }

    await expect(read(as, source())).rejects.toBe(failure);
  });

  it.each(['none', 'gzip', 'zstd'] as const)('closes its source when left (%s)', async (as) => {
    const blob = compress(as, randomBytes(3_000_000));
    let isClosed = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (let at = 0; at < blob.length; at += 10_000) yield blob.subarray(at, at + 10_000);
        await Promise.resolve();
      } finally {
        isClosed = true;
      }
    }

    for await (const piece of decompress(source(), as)) if (piece.length > 0) break;

    expect(isClosed).toBe(true);
  });

  const hashes = [
    { where: 'beside the main thread', createHash: createStreamHash },
    { where: 'on the main thread', createHash: hashHere },
  ];
  describe.each(hashes)('with a hash $where', ({ createHash }) => {
    it.each(goodBlobs)('adds all that comes out of $name to it', async ({ as, bytes, content }) => {
      const hash = createHash();
      const pieces: Buffer[] = [];

      for await (const piece of decompress([bytes], as, { recycle: true, hash })) {
        pieces.push(Buffer.from(piece));
      }

      expect(Buffer.concat(pieces).toString()).toBe(content);
      expect(digestFromHash(hash.digest())).toBe(digestOf(Buffer.from(content)));
    });

    it('adds pieces that are used again before they are', async () => {
      const content = randomBytes(9_000_000);
      const hash = createHash();
      let sizeBytes = 0;

      for await (const piece of decompress([gzipSync(content)], 'gzip', { recycle: true, hash })) {
        sizeBytes += piece.length;
      }

      expect(sizeBytes).toBe(content.length);
      expect(digestFromHash(hash.digest())).toBe(digestOf(content));
    });
  });

  it('reads its source to the end where gzip ends before', async () => {
    let isDrained = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      yield gzipSync(TEXT);
      for (let turn = 0; turn < 50; turn++) yield new Uint8Array(100_000);
      await Promise.resolve();
      isDrained = true;
    }

    expect((await read('gzip', source())).toString()).toBe(TEXT);
    expect(isDrained).toBe(true);
  });
});

async function read(
  as: LayerCompression,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of decompress(source, as)) pieces.push(piece);
  return Buffer.concat(pieces);
}

function compress(as: LayerCompression, content: Uint8Array): Uint8Array {
  if (as === 'none') return content;
  return as === 'gzip' ? gzipSync(content) : zstdStored(content);
}

function flip(bytes: Uint8Array, at: number): Uint8Array {
  const damaged = Uint8Array.from(bytes);
  const index = at < 0 ? bytes.length + at : at;
  damaged[index] = (damaged[index] ?? 0) ^ 0x41;
  return damaged;
}

function hex(text: string): Uint8Array {
  return Buffer.from(text.replaceAll(' ', ''), 'hex');
}
