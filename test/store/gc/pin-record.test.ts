import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FlatFsStore } from '../../../src/lib/store/backends/flat-fs-store.js';
import { PackedFsStore } from '../../../src/lib/store/backends/packed-fs-store.js';
import { cidOf, keyOfCid, NODE_CODEC, RAW_CODEC } from '../../../src/lib/store/block/block-id.js';
import { readPinRecord, writePinRecord } from '../../../src/lib/store/gc/pin-record.js';
import type { IpldStore } from '../../../src/lib/store/ipld-store.js';
import { packPathsOf, writeAt } from '../../support/damaged-store.js';
import { failureOf } from '../../support/failure.js';
import { readGoldenHex } from '../../support/golden.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const temporaryDirectory = useTemporaryDirectory();
const golden = Buffer.from(readGoldenHex('store/pins.hex'));
const hello = Buffer.from('a16568656c6c6f65776f726c64', 'hex');
const goldenPins = [
  { key: keyOfCid(cidOf(RAW_CODEC, Buffer.from('mono '.repeat(40))))!, count: 3 },
  { key: keyOfCid(cidOf(NODE_CODEC, hello))!, count: 1 },
];

function recordPath(): string {
  return join(temporaryDirectory(), 'pins');
}

/** Returns the golden record with other bytes at `offset`, its check made right again. */
function forged(offset: number, bytes: readonly number[]): Buffer {
  const record = Buffer.from(golden);
  record.set(bytes, offset);
  const end = record.length - 32;
  createHash('sha256').update(record.subarray(0, end)).digest().copy(record, end);
  return record;
}

function removeIndex(): void {
  for (const name of readdirSync(temporaryDirectory())) {
    if (name.startsWith('index.db')) rmSync(join(temporaryDirectory(), name));
  }
}

describe('readPinRecord()', () => {
  it('reads the golden record, and writePinRecord() writes it', () => {
    writePinRecord(recordPath(), goldenPins);

    expect(readFileSync(recordPath()).equals(golden)).toBe(true);
    expect(readPinRecord(recordPath())).toEqual(goldenPins);
    expect(readdirSync(temporaryDirectory())).toEqual(['pins']);
  });

  it('has no pins where there is no record', () => {
    expect(readPinRecord(recordPath())).toEqual([]);
  });

  it('refuses every damaged byte and every other length', () => {
    for (let offset = 0; offset < golden.length; offset++) {
      const damaged = Buffer.from(golden);
      damaged[offset]! ^= 0x10;
      writeFileSync(recordPath(), damaged);
      expect(failureOf(() => readPinRecord(recordPath())).code).toBe('STORE_PINS_INVALID');
      writeFileSync(recordPath(), golden.subarray(0, offset));
      expect(failureOf(() => readPinRecord(recordPath())).code).toBe('STORE_PINS_INVALID');
    }
    writeFileSync(recordPath(), Buffer.concat([golden, Buffer.of(0)]));
    expect(failureOf(() => readPinRecord(recordPath())).code).toBe('STORE_PINS_INVALID');
  });

  it.each([
    ['a newer version', forged(8, [2]), 'STORE_FORMAT_UNSUPPORTED'],
    ['reserved bytes', forged(10, [1]), 'STORE_PINS_INVALID'],
    ['more pins than it has', forged(12, [3]), 'STORE_PINS_INVALID'],
    ['an unknown codec', forged(16, [0x70]), 'STORE_PINS_INVALID'],
    ['no pin of a block', forged(49, [0]), 'STORE_PINS_INVALID'],
  ])('refuses %s even with a right check', (_name, record, code) => {
    writeFileSync(recordPath(), record);

    expect(failureOf(() => readPinRecord(recordPath())).code).toBe(code);
  });
});

const backends: readonly (readonly [string, (path: string) => Promise<IpldStore>])[] = [
  ['PackedFsStore', (path) => PackedFsStore.open({ path })],
  ['FlatFsStore', (path) => FlatFsStore.open({ path })],
];

describe.each(backends)('%s and its pins', (_name, openAt) => {
  it('has them after its index was lost', async () => {
    const store = await openAt(temporaryDirectory());
    const leaf = await store.putRawBlock(Buffer.from('leaf'));
    const root = await store.putNode({ leaf });
    const other = await store.putNode({ other: true });
    for (const cid of [root, root, root, leaf, other]) await store.pin(cid);
    await store.dereference(root);
    await store.dereference(other);
    await store.close();
    removeIndex();

    const reopened = await openAt(temporaryDirectory());

    const counts = [await reopened.getReferenceCount(root), await reopened.getReferenceCount(leaf)];
    expect(counts).toEqual([2, 2]);
    expect((await reopened.gc([])).keptBlocks).toBe(2);
    expect(await reopened.has(other)).toBe(false);
    await reopened.close();
  });

  it('adds none that cannot be recorded', async () => {
    const store = await openAt(temporaryDirectory());
    const cid = await store.putNode({ n: 1 });
    mkdirSync(`${recordPath()}.tmp`);

    await expect(store.pin(cid)).rejects.toMatchObject({ code: 'IO_FAILED' });

    expect(await store.getReferenceCount(cid)).toBe(0);
    rmSync(`${recordPath()}.tmp`, { recursive: true });
    await store.pin(cid);
    expect(await store.getReferenceCount(cid)).toBe(1);
    await store.close();
  });

  it('is not opened without its index and with a damaged record', async () => {
    const store = await openAt(temporaryDirectory());
    await store.pin(await store.putNode({ n: 1 }));
    await store.close();
    removeIndex();
    writeAt(recordPath(), Uint8Array.of(0xff), 40);

    await expect(openAt(temporaryDirectory())).rejects.toMatchObject({
      code: 'STORE_PINS_INVALID',
      details: { path: recordPath() },
    });

    removeIndexAndRecord();
    const reopened = await openAt(temporaryDirectory());
    expect(await reopened.getBlockCount()).toBe(1);
    await reopened.close();
  });

  it('drops none when a node that is to be deleted is damaged', async () => {
    const store = await openAt(temporaryDirectory());
    const cid = await store.putNode({ text: 'x'.repeat(100) });
    await store.pin(cid);
    await store.flush();
    const before = readFileSync(recordPath());
    for (const path of blockPaths())
      writeAt(path, Uint8Array.of(0xff), readFileSync(path).length - 9);

    await expect(store.dereference(cid)).rejects.toMatchObject({ code: 'STORE_BLOCK_CORRUPT' });

    expect(readFileSync(recordPath()).equals(before)).toBe(true);
    await store.close();
  });
});

describe('PackedFsStore.verify()', () => {
  it.each([
    ['missing', () => rmSync(recordPath())],
    ['damaged', () => writeAt(recordPath(), Uint8Array.of(0xff), 3)],
    ['behind', () => writePinRecord(recordPath(), [])],
  ])('finds a record of pins that is %s, and repair() writes it anew', async (_name, damage) => {
    const store = await PackedFsStore.open({ path: temporaryDirectory() });
    const cid = await store.putNode({ n: 1 });
    await store.pin(cid);
    const before = readFileSync(recordPath());
    damage();

    const report = await store.verify();
    await store.repair([]);

    expect(report.findings).toEqual([{ kind: 'pins', path: recordPath() }]);
    expect(readFileSync(recordPath()).equals(before)).toBe(true);
    expect((await store.verify()).isSound).toBe(true);
    await store.close();
  });
});

function removeIndexAndRecord(): void {
  removeIndex();
  rmSync(recordPath());
}

function blockPaths(): string[] {
  const names = readdirSync(temporaryDirectory());
  if (names.includes('packs')) return packPathsOf(temporaryDirectory());
  const blocks = join(temporaryDirectory(), 'blocks');
  const files = readdirSync(blocks, { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith('.dag-cbor')).map((file) => join(blocks, file));
}
