import { createHash } from 'node:crypto';
import * as fc from '../../support/fast-check.js';
import { describe, expect, it } from 'vitest';
import {
  hashOf,
  keyFromHash,
  NODE_CODEC,
  RAW_CODEC,
  type BlockKey,
} from '../../../src/lib/store/block/block-id.js';
import {
  alignUp,
  encodeHeader,
  encodeTable,
  HEADER_BYTES,
  parseHeader,
  parseTable,
  tableBytes,
  tableBytesFrom,
  type PackKind,
  type SegmentEntry,
  type SegmentTable,
} from '../../../src/lib/store/pack/pack-format.js';
import { failureOf } from '../../support/failure.js';

const id = '000102030405060708090a0b0c0d0e0f';
const place = { packId: id, offsetBytes: 4096 };
const form = { kind: 'node', version: 1 } as const;

function keyOf(text: string, codec: number): BlockKey {
  return keyFromHash(codec, hashOf(Buffer.from(text)));
}

function tableOf(kind: PackKind, blockSizes: readonly number[]): SegmentTable {
  let offset = tableBytes(blockSizes.length, kind);
  const entries = blockSizes.map((size, index): SegmentEntry => {
    const codec = index % 2 === 0 ? RAW_CODEC : NODE_CODEC;
    const entry = {
      key: keyOf(`block ${index}`, codec),
      encoding: 0,
      offsetBytes: offset,
      storedBytes: size,
      sizeBytes: size,
    };
    offset = alignUp(offset + size, kind);
    return entry;
  });
  return { segmentBytes: offset, entries };
}

function hexLines(bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString('hex')
      .match(/.{1,64}/g) ?? [];
  return `${lines.join('\n')}\n`;
}

describe('encodeHeader()', () => {
  it('writes the golden header', async () => {
    const header = encodeHeader({ id, kind: 'node', version: 1 });

    await expect(hexLines(header)).toMatchFileSnapshot('../../golden/store/node-header.hex');
  });

  it('pads the header of a data pack to a page of zeros', () => {
    const header = encodeHeader({ id, kind: 'data', version: 1 });

    expect(header).toHaveLength(4096);
    expect(header.subarray(HEADER_BYTES).every((byte) => byte === 0)).toBe(true);
  });
});

describe('parseHeader()', () => {
  it.each([
    { id, kind: 'data', version: 1 },
    { id, kind: 'node', version: 1 },
    { id, kind: 'node', version: 2 },
  ] as const)('reads the header of a $kind pack of version $version', (header) => {
    expect(parseHeader(encodeHeader(header), 'p')).toEqual(header);
  });

  it('refuses a newer version by its own code', () => {
    const header = encodeHeader({ id, kind: 'node', version: 1 });
    header[8] = 3;

    const failure = failureOf(() => parseHeader(header, '/packs/x.pack'));

    expect(failure.code).toBe('STORE_FORMAT_UNSUPPORTED');
    expect(failure.details).toMatchObject({ path: '/packs/x.pack', version: 3, known: 2 });
  });

  it('refuses every single damaged byte and every shorter file', () => {
    const header = encodeHeader({ id, kind: 'node', version: 1 });
    for (let index = 0; index < HEADER_BYTES; index++) {
      const damaged = Uint8Array.from(header);
      damaged[index] = (damaged[index] as number) ^ 0x10;
      const expected = index === 8 || index === 9 ? 'STORE_FORMAT_UNSUPPORTED' : 'PACK_INVALID';
      expect(failureOf(() => parseHeader(damaged, 'p')).code).toBe(expected);
      expect(failureOf(() => parseHeader(header.subarray(0, index), 'p')).code).toBe(
        'PACK_INVALID',
      );
    }
  });
});

describe('encodeTable()', () => {
  it('writes the golden table', async () => {
    const table = encodeTable(
      tableOf('node', [5, 0, 300]),
      { packId: id, offsetBytes: 64 },
      'node',
    );

    await expect(hexLines(table)).toMatchFileSnapshot('../../golden/store/node-table.hex');
  });

  it('is read back by parseTable() for every kind and any blocks', () => {
    const kinds = fc.constantFrom<PackKind>('data', 'node');
    const blockSizes = fc.array(fc.integer({ min: 0, max: 1024 * 1024 }), {
      minLength: 1,
      maxLength: 40,
    });

    fc.assert(
      fc.property(kinds, blockSizes, (kind, sizes) => {
        const table = tableOf(kind, sizes);
        const bytes = encodeTable(table, place, kind);
        expect(bytes).toHaveLength(tableBytes(sizes.length, kind));
        expect(parseTable(bytes, place, { kind, version: 1 })).toEqual(table);
      }),
    );
  });
});

describe('parseTable()', () => {
  const bytes = encodeTable(tableOf('node', [5, 0, 300]), place, 'node');

  it('refuses every single damaged byte', () => {
    for (let index = 0; index < bytes.length; index++) {
      const damaged = Uint8Array.from(bytes);
      damaged[index] = (damaged[index] as number) ^ 1;
      expect(parseTable(damaged, place, form)).toBeUndefined();
    }
  });

  it('refuses a table that stands at another place or in another pack', () => {
    expect(parseTable(bytes, { ...place, offsetBytes: 64 }, form)).toBeUndefined();
    expect(parseTable(bytes, { ...place, packId: id.replace('0f', '1f') }, form)).toBeUndefined();
  });

  it('refuses a table that is cut off', () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(parseTable(bytes.subarray(0, length), place, form)).toBeUndefined();
    }
  });

  it('refuses another codec even with a right checksum', () => {
    const forged = Buffer.from(encodeTable(tableOf('node', [5]), place, 'node'));
    forged[16 + 32] = 0x70;
    const covered = Buffer.concat([
      Buffer.from(place.packId, 'hex'),
      Buffer.from([0, 16, 0, 0, 0, 0, 0, 0]),
      forged.subarray(0, 16 + 48),
    ]);
    createHash('sha256')
      .update(covered)
      .digest()
      .copy(forged, 16 + 48);

    expect(parseTable(forged, place, form)).toBeUndefined();
    forged[16 + 32] = 0x55;
    covered[24 + 16 + 32] = 0x55;
    createHash('sha256')
      .update(covered)
      .digest()
      .copy(forged, 16 + 48);
    expect(parseTable(forged, place, form)).toBeDefined();
  });

  const inconsistentTables: readonly (readonly [string, SegmentTable])[] = [
    ['no block', { segmentBytes: 48, entries: [] }],
    ['blocks that overlap', overlapping()],
    ['a segment length that leaves a rest', longer(tableOf('node', [5, 7]))],
    ['a block above the limit', tableOf('node', [2 ** 20 + 1])],
  ];

  it.each(inconsistentTables)('refuses %s even with a right checksum', (_name, table) => {
    expect(parseTable(encodeTable(table, place, 'node'), place, form)).toBeUndefined();
  });

  function overlapping(): SegmentTable {
    const table = tableOf('node', [5, 7]);
    const [first, second] = table.entries;
    return { ...table, entries: [first!, { ...second!, offsetBytes: second!.offsetBytes - 1 }] };
  }

  function longer(table: SegmentTable): SegmentTable {
    return { ...table, segmentBytes: table.segmentBytes + 1 };
  }
});

describe('tableBytesFrom()', () => {
  it('returns nothing where no segment starts', () => {
    expect(tableBytesFrom(new Uint8Array(16))).toBeUndefined();
    expect(tableBytesFrom(new Uint8Array(3))).toBeUndefined();
  });

  it('refuses a count that would take a large table into memory', () => {
    const head = Buffer.alloc(16);
    head.write('MSEG');
    head.writeUInt32LE(65_537, 4);

    expect(tableBytesFrom(head)).toBeUndefined();
  });
});
