import { describe, expect, it } from 'vitest';
import { ChangeSetBuilder } from '../../../src/lib/fs/change-set/change-set-builder.js';
import { writeEntries } from '../../../src/lib/image/layer/write-entries.js';
import { readTarRuns, SMALL_CONTENT_BYTES } from '../../../src/lib/image/tar/read-tar.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import type { BytesWriter } from '../../../src/lib/store/ipld-store.js';
import { pseudoRandomBytes } from '../../support/random-bytes.js';
import { writeTar, type TarItem } from '../../support/tar-writer.js';

/** Enough small files for some batches, with large ones and directories among them. */
const MANY: readonly TarItem[] = Array.from({ length: 2_500 }, (_, index) => {
  if (index % 500 === 7) return { name: `large-${index}`, content: contentOf(index, 300_000) };
  if (index % 100 === 3) return { name: `dir-${index}`, type: '5' };
  return { name: `file-${index}`, content: contentOf(index, index % 3_000) };
});

describe('writeEntries()', () => {
  it('writes each file with its content, small or large', async () => {
    const store = new MemoryStore();
    const changes = new ChangeSetBuilder(store);

    const count = await write({ store, changes }, MANY);

    expect(count).toBe(MANY.length);
    for (const { name, content, type } of MANY) {
      const entry = changes.get(name as never);
      expect(entry?.kind).toBe(type === '5' ? 'directory' : 'file');
      if (entry?.kind !== 'file') continue;
      const { cid, sizeBytes } = await store.putBytes([content as Uint8Array]);
      expect([entry.content.toString(), entry.sizeBytes]).toEqual([cid.toString(), sizeBytes]);
    }
  });

  it('lets the last of several entries of one name win', async () => {
    const store = new MemoryStore();
    const changes = new ChangeSetBuilder(store);
    const large = pseudoRandomBytes(SMALL_CONTENT_BYTES + 1, 1);

    await write({ store, changes }, [
      { name: 'a', content: 'small' },
      { name: 'a', content: large },
      { name: 'b', content: large },
      { name: 'b', content: 'small' },
    ]);

    const sizes = ['a', 'b'].map((name) => changes.get(name as never));
    expect(sizes).toMatchObject([{ sizeBytes: large.length }, { sizeBytes: 5 }]);
  });

  it('names every content in order, that of whiteouts too, where somebody asks', async () => {
    const store = new MemoryStore();
    const contents = ['one', 'two', pseudoRandomBytes(SMALL_CONTENT_BYTES + 1, 2), 'four'];
    const named: string[] = [];

    await writeEntries(
      {
        store,
        changes: new ChangeSetBuilder(store),
        names: 'layer',
        onContent: (content) => named.push(content.toString()),
      },
      readTarRuns([
        writeTar([
          { name: 'a', content: contents[0]! },
          { name: '.wh.b', content: contents[1]! },
          { name: 'empty', content: '' },
          { name: '.wh..wh.x', content: contents[2]! },
          { name: 'd', content: contents[3]! },
        ]),
      ]),
      {},
    );

    const expected = [];
    for (const content of contents) {
      expected.push((await store.putBytes([Buffer.from(content as string)])).cid.toString());
    }
    expect(named).toEqual(expected);
  });

  const faults: { name: string; items: readonly TarItem[]; message: RegExp }[] = [
    {
      name: 'an unsafe name behind it',
      items: [{ name: '../up' }],
      message: /missing/,
    },
    {
      name: 'a damaged header behind it',
      items: [{ name: 'x', checksum: 1 }],
      message: /missing/,
    },
    {
      name: 'a large file and an unsafe name behind it',
      items: [{ name: 'x', content: pseudoRandomBytes(300_000, 3) }, { name: '../up' }],
      message: /missing/,
    },
  ];

  it.each(faults)('reports the first fault in the archive, with $name', async (fault) => {
    const store = new MemoryStore();
    const items = [{ name: 'gone/.wh..wh..opq' }, { name: '.wh.missing' }];
    const link = { name: 'link', type: '1', linkName: 'missing' };

    const writing = write({ store, changes: new ChangeSetBuilder(store) }, [
      ...items,
      link,
      ...fault.items,
    ]);

    await expect(writing).rejects.toThrow(fault.message);
  });

  it('rejects with the failure of the store, and stops', async () => {
    const changes = new ChangeSetBuilder(new MemoryStore());
    let puts = 0;
    const full: BytesWriter = {
      putBytes: () => Promise.reject(new Error('the disk is full')),
      putEach: () => {
        puts += 1;
        return Promise.reject(new Error('the disk is full'));
      },
    };

    await expect(write({ store: full, changes }, MANY)).rejects.toThrow('the disk is full');

    expect(puts).toBe(1);
  });
});

function write(
  target: { store: BytesWriter; changes: ChangeSetBuilder },
  items: readonly TarItem[],
): Promise<number> {
  return writeEntries({ ...target, names: 'layer' }, readTarRuns([writeTar(items)]), {});
}

function contentOf(index: number, sizeBytes: number): Uint8Array {
  return pseudoRandomBytes(sizeBytes, index + 1);
}
