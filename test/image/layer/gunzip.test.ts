import { constants, crc32, deflateRawSync, gzipSync } from 'node:zlib';
import * as fc from '../../support/fast-check.js';
import { describe, expect, it } from 'vitest';
import { BufferPool } from '../../../src/lib/base/buffer-pool.js';
import { gunzipNatively } from '../../../src/lib/image/layer/gunzip-natively.js';
import { gunzipWithZlib } from '../../../src/lib/image/layer/gunzip-with-zlib.js';
import { gunzip } from '../../../src/lib/image/layer/gunzip.js';
import { LayerFault } from '../../../src/lib/image/tar/layer-fault.js';
import { loadIngestAddon } from '../../../src/lib/io/native/ingest-addon.js';
import { pseudoRandomBytes, sliced } from '../../support/random-bytes.js';

type Gunzip = (source: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;

const TEXT = Buffer.from('some bytes that repeat, '.repeat(400));
const NOISE = pseudoRandomBytes(3_000, 1);
const LARGE = Buffer.concat([pseudoRandomBytes(700_000, 2), Buffer.alloc(2_500_000, 'abc')]);

const addon = loadIngestAddon()!;
const ways: { name: string; run: Gunzip }[] = [
  { name: 'gunzip', run: gunzip },
  { name: 'gunzipNatively', run: natively },
  { name: 'gunzip with recycled pieces', run: (source) => gunzip(source, { recycle: true }) },
  { name: 'gunzipWithZlib', run: gunzipWithZlib },
];

describe.each(ways)('$name()', ({ run }) => {
  const goodData = [
    { name: 'one member', bytes: gzipSync(TEXT), content: TEXT },
    { name: 'an empty member', bytes: gzipSync(''), content: Buffer.alloc(0) },
    { name: 'a stored member', bytes: gzipSync(NOISE, { level: 0 }), content: NOISE },
    {
      name: 'a member with fixed codes',
      bytes: gzipSync(TEXT, { strategy: constants.Z_FIXED }),
      content: TEXT,
    },
    { name: 'many pieces of output', bytes: gzipSync(LARGE), content: LARGE },
    {
      name: 'every field of a header',
      bytes: member(TEXT, { extra: 'x'.repeat(300), name: 'n', comment: 'c', checksum: true }),
      content: TEXT,
    },
    {
      name: 'an empty extra field and empty names',
      bytes: member(TEXT, { extra: '', name: '', comment: '' }),
      content: TEXT,
    },
    {
      name: 'several members and padding',
      bytes: Buffer.concat([gzipSync(TEXT), gzipSync(''), gzipSync(NOISE), Buffer.alloc(600)]),
      content: Buffer.concat([TEXT, NOISE]),
    },
    {
      name: 'anything behind a zero',
      bytes: Buffer.concat([gzipSync(TEXT), Buffer.from('\0garbage'), gzipSync(NOISE)]),
      content: TEXT,
    },
  ];

  it.each(goodData)('gives the content of $name', async ({ bytes, content }) => {
    const output = await outcomeOf(run, bytes, [10_000]);

    expect(output.fault).toBeUndefined();
    expect(Buffer.compare(output.bytes, content)).toBe(0);
  });

  const badData = [
    { name: 'no bytes behind the magic', bytes: gzipSync(TEXT).subarray(0, 2) },
    { name: 'another method', bytes: changed(gzipSync(TEXT), 2, 7) },
    { name: 'reserved flags', bytes: changed(gzipSync(TEXT), 3, 0x20) },
    { name: 'a wrong header checksum', bytes: changed(member(TEXT, { checksum: true }), 10, 0) },
    { name: 'a wrong checksum', bytes: changed(gzipSync(TEXT), -8, 0) },
    { name: 'a wrong length', bytes: changed(gzipSync(TEXT), -1, 1) },
    { name: 'garbage behind a member', bytes: Buffer.concat([gzipSync(TEXT), Buffer.from('x')]) },
    {
      name: 'a cut second member',
      bytes: Buffer.concat([gzipSync(TEXT), gzipSync(TEXT).subarray(0, 9)]),
    },
    { name: 'a reserved kind of block', bytes: changed(gzipSync(TEXT), 10, 0x07) },
    // A fixed code for length 3, distance 4, with nothing before it.
    { name: 'a distance beyond the start', bytes: wrapped(Buffer.from([0x03, 0x1a, 0, 0])) },
  ];

  it.each(badData)('refuses $name', async ({ bytes }) => {
    for (const sizes of [[1], [7], [10_000]]) {
      expect((await outcomeOf(run, bytes, sizes)).fault).toBe('LAYER_COMPRESSION_INVALID');
    }
  });

  it('refuses data that is cut anywhere', async () => {
    const bytes = gzipSync(TEXT);
    for (let length = 1; length < bytes.length; length++) {
      expect((await outcomeOf(run, bytes.subarray(0, length), [31])).fault).toBe(
        'LAYER_COMPRESSION_INVALID',
      );
    }
  });

  it('rethrows the failure of the source', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield* sliced(gzipSync(LARGE).subarray(0, 300_000), [50_000]);
      throw new Error('the source failed');
    }

    await expect(readAll(run(failing()))).rejects.toThrow('the source failed');
  });

  it('reads the source to its end behind the last member', async () => {
    let isAtEnd = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      yield* sliced(Buffer.concat([gzipSync(TEXT), Buffer.alloc(100_000)]), [1_000]);
      isAtEnd = true;
    }

    await readAll(run(source()));

    expect(isAtEnd).toBe(true);
  });

  it('closes the source when it is left early', async () => {
    let isClosed = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        yield* sliced(gzipSync(LARGE), [50_000]);
      } finally {
        isClosed = true;
      }
    }

    for await (const piece of run(source())) if (piece.length > 0) break;

    expect(isClosed).toBe(true);
  });
});

describe('gunzipNatively() and gunzipWithZlib()', () => {
  const part = fc.oneof(
    fc
      .record({
        content: fc.uint8Array({ maxLength: 2_000 }),
        level: fc.integer({ max: 9, min: 0 }),
      })
      .map(({ content, level }) => gzipSync(content, { level })),
    fc.constant(gzipSync(TEXT)),
    fc.constant(Buffer.alloc(3)),
    fc.uint8Array({ maxLength: 5 }).map((bytes) => Buffer.from(bytes)),
  );
  const parts = fc.array(part, { minLength: 1, maxLength: 4 });
  const sizes = fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 4 });

  it('agree on any row of members, padding and garbage', async () => {
    await fc.assert(
      fc.asyncProperty(parts, sizes, async (row, pieceSizes) => {
        await expectEqual(Buffer.concat([gzipSync('first'), ...row]), pieceSizes);
      }),
      { numRuns: 300 },
    );
  });

  it('agree on data that is damaged in any place', async () => {
    const original = Buffer.concat([member(TEXT, { name: 'n', checksum: true }), gzipSync(NOISE)]);
    const place = fc.integer({ min: 0, max: original.length - 1 });

    await fc.assert(
      fc.asyncProperty(place, fc.integer({ min: 0, max: 255 }), sizes, async (at, byte, cuts) => {
        await expectEqual(changed(original, at, byte), cuts);
      }),
      { numRuns: 300 },
    );
  });
});

function natively(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return gunzipNatively(source, { addon, buffers: new BufferPool(64 * 1024) });
}

async function expectEqual(bytes: Uint8Array, sizes: readonly number[]): Promise<void> {
  const native = await outcomeOf(natively, bytes, sizes);
  const zlib = await outcomeOf(gunzipWithZlib, bytes, sizes);

  expect(native.fault).toBe(zlib.fault);
  if (native.fault === undefined) expect(Buffer.compare(native.bytes, zlib.bytes)).toBe(0);
}

interface Outcome {
  readonly bytes: Buffer;
  readonly fault: string | undefined;
}

async function outcomeOf(
  run: Gunzip,
  bytes: Uint8Array,
  sizes: readonly number[],
): Promise<Outcome> {
  try {
    return { bytes: await readAll(run(sliced(bytes, sizes))), fault: undefined };
  } catch (error) {
    if (error instanceof LayerFault) return { bytes: Buffer.alloc(0), fault: error.code };
    throw error;
  }
}

async function readAll(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source) pieces.push(piece.slice());
  return Buffer.concat(pieces);
}

function changed(bytes: Uint8Array, at: number, byte: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at < 0 ? copy.length + at : at] = byte;
  return copy;
}

interface HeaderFields {
  readonly extra?: string;
  readonly name?: string;
  readonly comment?: string;
  readonly checksum?: boolean;
}

/** Returns a gzip member whose header has these fields (RFC 1952, section 2.3). */
function member(content: Uint8Array, fields: HeaderFields): Buffer {
  const { extra, name, comment, checksum = false } = fields;
  const flags =
    (checksum ? 2 : 0) +
    (extra === undefined ? 0 : 4) +
    (name === undefined ? 0 : 8) +
    (comment === undefined ? 0 : 16);
  const head = Buffer.concat([
    Buffer.from([0x1f, 0x8b, 8, flags, 1, 2, 3, 4, 0, 255]),
    ...(extra === undefined ? [] : [uint16(extra.length), Buffer.from(extra)]),
    ...(name === undefined ? [] : [Buffer.from(`${name}\0`)]),
    ...(comment === undefined ? [] : [Buffer.from(`${comment}\0`)]),
  ]);
  const sum = checksum ? uint16(crc32(head) & 0xffff) : Buffer.alloc(0);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(content), 0);
  trailer.writeUInt32LE(content.length, 4);
  return Buffer.concat([head, sum, deflateRawSync(content), trailer]);
}

/** Returns a member with this deflate data; its trailer says that it is empty. */
function wrapped(deflated: Uint8Array): Buffer {
  const head = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
  return Buffer.concat([head, deflated, Buffer.alloc(8)]);
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}
