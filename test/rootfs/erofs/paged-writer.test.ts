import { open, readFile, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PAGE_BYTES, PagedWriter } from '../../../src/lib/rootfs/erofs/paged-writer.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';
import { pattern } from '../support/test-tree.js';

const temporary = useTemporaryDirectory();

describe('PagedWriter', () => {
  it('writes what it was given, also behind the furthest position by up to a page', async () => {
    const expected = Buffer.alloc(5 * PAGE_BYTES + 77);

    const path = await withWriter(async (writer) => {
      for (let at = 0; at < expected.length; at += 60_000) {
        const bytes = pattern(Math.min(60_000, expected.length - at), at + 1);
        expected.set(bytes, at);
        writer.write(at, bytes);
        await writer.room();
        const back = Math.max(0, at - PAGE_BYTES + 60_000);
        expected.set(Buffer.from('behind'), back);
        writer.write(back, Buffer.from('behind'));
      }
    });

    expect((await readFile(path)).equals(expected)).toBe(true);
  });

  it('writes to its area only', async () => {
    const path = await withWriter((writer) => writer.write(3, Buffer.from('abc')), 10);

    expect(await readFile(path)).toEqual(Buffer.concat([Buffer.alloc(13), Buffer.from('abc')]));
  });

  it('splits what is longer than its pages', async () => {
    const bytes = pattern(4 * PAGE_BYTES + 1);

    const path = await withWriter((writer) => writer.write(5, bytes));

    expect((await readFile(path)).subarray(5).equals(bytes)).toBe(true);
  });

  it('leaves zeros out of the file', async () => {
    const path = await withWriter((writer) => {
      writer.write(0, Buffer.alloc(64 * PAGE_BYTES));
      writer.write(64 * PAGE_BYTES, Buffer.from('end'));
    });

    const { size, blocks } = await stat(path);
    expect(size).toBe(64 * PAGE_BYTES + 3);
    expect(blocks * 512).toBeLessThanOrEqual(PAGE_BYTES);
  });

  it('throws what the file system throws, and keeps nothing under way', async () => {
    const full = Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    let underWay = 0;
    const handle = {
      write: async () => {
        underWay += 1;
        await new Promise((resolve) => setImmediate(resolve));
        underWay -= 1;
        throw full;
      },
    } as unknown as FileHandle;
    const writer = new PagedWriter(handle, { areaStart: 0 });

    const writing = (async () => {
      for (let page = 0; page < 20; page++) {
        writer.write(page * PAGE_BYTES, pattern(PAGE_BYTES));
        await writer.room();
      }
    })();

    await expect(writing).rejects.toBe(full);
    await writer.abandon();
    expect(underWay).toBe(0);
    await expect(writer.finish()).rejects.toBe(full);
  });

  it('goes on where a write was cut short', async () => {
    const expected = pattern(3 * PAGE_BYTES);

    const path = await withWriter(
      (writer) => writer.write(0, expected),
      0,
      (handle) =>
        ({
          write: (...[bytes, at, length, position]: [Uint8Array, number, number, number]) =>
            handle.write(bytes, at, Math.min(length, 100_001), position),
        }) as unknown as FileHandle,
    );

    expect((await readFile(path)).equals(expected)).toBe(true);
  });
});

async function withWriter(
  use: (writer: PagedWriter) => Promise<void> | void,
  areaStart = 0,
  wrap: (handle: FileHandle) => FileHandle = (handle) => handle,
): Promise<string> {
  const path = join(temporary(), 'area');
  const handle = await open(path, 'wx');
  try {
    const writer = new PagedWriter(wrap(handle), { areaStart });
    await use(writer);
    await writer.finish();
  } finally {
    await handle.close();
  }
  return path;
}
