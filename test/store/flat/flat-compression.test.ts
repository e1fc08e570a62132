import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FlatFsStore } from '../../../src/lib/store/backends/flat-fs-store.js';
import type { Compression } from '../../../src/lib/store/compression/encode-block.js';
import { pseudoRandomBytes } from '../../support/random-bytes.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const temporaryDirectory = useTemporaryDirectory();
const compressions: readonly Compression[] = ['none', 'gzip', 'zstd'];

function textOf(compression: Compression): Buffer {
  return Buffer.from(`a block put with ${compression} `.repeat(100));
}

/** Returns the encodings of all block files, in order. */
function encodingsIn(path: string): number[] {
  const names = readdirSync(join(path, 'blocks'), { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => name.endsWith('.raw'));
  return files.map((name) => readFileSync(join(path, 'blocks', name)).readUInt8(11)).sort();
}

describe('FlatFsStore with compression', () => {
  it('reads blocks of every encoding, whatever it writes itself', async () => {
    const path = temporaryDirectory();
    for (const compression of compressions) {
      const store = await FlatFsStore.open({ path, compression });
      await store.putRawBlock(textOf(compression));
      await store.close();
    }

    for (const compression of compressions) {
      const store = await FlatFsStore.open({ path, compression });
      for (const other of compressions) {
        const bytes = textOf(other);
        const cid = await store.putRawBlock(bytes);
        expect(Buffer.compare(await store.getRawBlock(cid), bytes)).toBe(0);
        expect(await store.getCidSize(cid)).toBe(bytes.length);
      }
      expect(await store.getBlockCount()).toBe(3);
      await store.close();
    }
    expect(encodingsIn(path)).toEqual([0, 1, 2]);
  });

  it('keeps what cannot be compressed as it is', async () => {
    const path = temporaryDirectory();
    const store = await FlatFsStore.open({ path, compression: 'zstd' });

    await store.putRawBlock(pseudoRandomBytes(5_000, 1));

    expect(encodingsIn(path)).toEqual([0]);
    await store.close();
  });
});
