/**
 * Known CIDs and bytes. A difference here means that the same content has got another identity:
 * every lockfile in the world would stop matching. Change the format's version instead.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { ChangeSetBuilder } from '../../src/lib/fs/change-set/change-set-builder.js';
import type { Attributes } from '../../src/lib/fs/entry.js';
import { flatten } from '../../src/lib/fs/change-set/flatten.js';
import { linksOf } from '../../src/lib/store/block/links-of.js';
import { MemoryStore } from '../../src/lib/store/backends/memory-store.js';
import { attributes, bytes, symlinkTo } from './support/trees.js';

const GOLDEN = join(import.meta.dirname, '../golden/fs/trees.json');

interface Golden {
  readonly provenance: string;
  /** root CID by the name of the tree */
  readonly roots: Readonly<Record<string, string>>;
  /** dag-cbor bytes in hexadecimal, by CID, of all nodes but those of the large tree */
  readonly nodes: Readonly<Record<string, string>>;
}

const content = CID.parse('bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku');
const time = { seconds: 1_700_000_000, nanoseconds: 123_456_789 };

function fileWith(changes: Partial<Attributes> = {}) {
  return {
    kind: 'file',
    ...attributes({ mtime: time, ...changes }),
    sizeBytes: 0,
    content,
  } as const;
}

function fillBase(builder: ChangeSetBuilder): void {
  const xattrs = new Map([
    [bytes('user.b'), Uint8Array.of(0, 255)],
    [bytes('security.capability'), Uint8Array.of(1, 0, 0, 2)],
  ]);
  const special = attributes({ mode: 0o600, mtime: { seconds: -1, nanoseconds: 999_999_999 } });
  builder.setDirectory(bytes(''), attributes({ mode: 0o755, mtime: time }));
  builder.setDirectory(bytes('dev'), attributes({ mode: 0o1777, uid: 4_294_967_295, gid: 1 }));
  builder.setEntry(bytes('dev/null'), { kind: 'characterDevice', ...special, major: 1, minor: 3 });
  builder.setEntry(bytes('dev/sda'), { kind: 'blockDevice', ...special, major: 8, minor: 0 });
  builder.setEntry(bytes('dev/fifo'), { kind: 'fifo', ...special });
  builder.setEntry(bytes('dev/log'), { kind: 'socket', ...special });
  builder.setEntry(bytes('bin'), symlinkTo('usr/bin'));
  builder.setEntry(bytes('link'), { kind: 'cidLink', ...special, target: content });
  builder.setEntry(bytes('usr/bin/é'), fileWith({ mode: 0o6755, xattrs }));
  builder.setHardLink(bytes('usr/bin/ß'), bytes('bin/é'));
}

function fillLayer(builder: ChangeSetBuilder): void {
  builder.setTombstone(bytes('dev/null'));
  builder.setOpaque(bytes('usr'));
  builder.setHardLink(bytes('kept'), bytes('link'));
  builder.setDirectory(bytes('usr'), attributes({ mode: 0o700 }));
  builder.setEntry(bytes('usr/lib/new'), fileWith());
}

function fillLarge(builder: ChangeSetBuilder): void {
  for (let index = 0; index < 3000; index += 1) {
    builder.setEntry(bytes(`large/file-${index}`), fileWith({ uid: index }));
    if (index % 3 > 0) builder.setHardLink(bytes(`links/${index}`), bytes(`large/file-${index}`));
  }
}

describe('the tree format', () => {
  it('gives the CIDs and bytes that it has always given', async () => {
    const found = await makeGolden();

    if (process.env['UPDATE_GOLDEN'] === '1') {
      await writeFile(GOLDEN, `${JSON.stringify(found, null, 2)}\n`);
    }

    expect(found).toEqual(JSON.parse(await readFile(GOLDEN, 'utf8')));
  });
});

async function makeGolden(): Promise<Golden> {
  const store = new MemoryStore();
  const base = await changeSet(store, fillBase);
  const layer = await changeSet(store, fillLayer);
  const flat = await flatten(store, [base, layer]);
  const empty = await flatten(store, []);
  const large = await flatten(store, [await changeSet(store, fillLarge)]);
  const nodes: Record<string, string> = {};
  for (const root of [empty, base, layer, flat]) await addNodes(store, root, nodes);
  return {
    provenance: 'mono, tree format 1; UPDATE_GOLDEN=1 writes this file',
    roots: mapToText({ empty, base, layer, flat, large }),
    nodes: Object.fromEntries(Object.entries(nodes).sort()),
  };
}

async function changeSet(store: MemoryStore, fill: typeof fillBase): Promise<CID> {
  const builder = new ChangeSetBuilder(store);
  fill(builder);
  return builder.commit();
}

async function addNodes(
  store: MemoryStore,
  cid: CID,
  nodes: Record<string, string>,
): Promise<void> {
  if (cid.equals(content) || nodes[cid.toString()] !== undefined) return;
  const block = await store.getBlock(cid);
  nodes[cid.toString()] = Buffer.from(block).toString('hex');
  for (const link of linksOf(cid, block)) await addNodes(store, link, nodes);
}

function mapToText(roots: Readonly<Record<string, CID>>): Record<string, string> {
  return Object.fromEntries(Object.entries(roots).map(([name, cid]) => [name, cid.toString()]));
}
