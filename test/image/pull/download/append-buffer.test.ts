import { readFileSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AppendBuffer } from '../../../../src/lib/image/pull/download/append-buffer.js';
import { pseudoRandomBytes } from '../../../support/random-bytes.js';
import { useTemporaryDirectory } from '../../../support/temporary-directory.js';

describe('AppendBuffer', () => {
  const directory = useTemporaryDirectory();

  it.each([1, 100, 65_536, 3_000_000])(
    'appends pieces of %i bytes in their order',
    async (size) => {
      const path = join(directory(), 'file');
      const bytes = pseudoRandomBytes(size === 1 ? 30_000 : 5_000_000, 3);
      const handle = await open(path, 'a+');
      const buffer = new AppendBuffer(handle);

      for (let at = 0; at < bytes.length; at += size)
        await buffer.append(bytes.subarray(at, at + size));
      await buffer.flush();
      await handle.close();

      expect(readFileSync(path).equals(bytes)).toBe(true);
    },
  );

  it('empties the file and drops the rest when a write fails', async () => {
    let truncatedTo: number | undefined;
    let writes = 0;
    const full = {
      writev: () => {
        writes += 1;
        return Promise.reject(new Error('ENOSPC'));
      },
      truncate: (size: number) => {
        truncatedTo = size;
        return Promise.resolve();
      },
    } as unknown as FileHandle;
    const buffer = new AppendBuffer(full);

    for (let turn = 0; turn < 5; turn += 1) await buffer.append(new Uint8Array(1 << 20));
    await buffer.flush();

    expect([writes, truncatedTo]).toEqual([1, 0]);
  });
});
