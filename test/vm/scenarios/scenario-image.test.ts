import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MAX_EXTENTS } from '../../../src/lib/rootfs/mapped/write-mapped-erofs.js';
import { writeErofs } from '../../../src/lib/rootfs/write-erofs.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';
import { erofsSnapshot } from '../../rootfs/support/erofs-reader.js';
import { testTree } from '../../rootfs/support/test-tree.js';
import { scenarioTree, SECRET, writeScenarioImage } from './scenario-image.js';

const BLOCK_BYTES = 4096;
const temporary = useTemporaryDirectory();

describe('writeScenarioImage()', () => {
  it('makes a disk of as many parts as one can have, each with its offset in bytes for krun', async () => {
    const { disk } = await writeScenarioImage(temporary());

    const extents = extentsOf(disk.descriptors.krun);
    expect(extents).toHaveLength(MAX_EXTENTS);
    expect(extents.at(-1)!.path).toMatch(/side$/);
    const parts = Buffer.concat(
      extents.map(({ path, sectors, offset }) =>
        readFileSync(path).subarray(offset, offset + sectors * 512),
      ),
    );
    expect(parts.equals(readFileSync(join(temporary(), 'copy.raw')))).toBe(true);
  });

  it('makes a disk with the files of the dense image, zeros behind each, and nothing else', async () => {
    const tree = scenarioTree();
    const dense = join(temporary(), 'dense.erofs');
    const source = testTree(tree);
    await writeErofs({ entries: source.entries(), content: source.content, path: dense });

    const { copyPath } = await writeScenarioImage(temporary());

    expect(erofsSnapshot(copyPath)).toEqual(erofsSnapshot(dense));
    const disk = readFileSync(copyPath);
    expect(storeOf(temporary()).includes(SECRET)).toBe(true);
    expect(disk.includes(SECRET)).toBe(false);
    for (const tail of tailsOf(tree)) {
      const at = disk.indexOf(tail);
      expect(at % BLOCK_BYTES).toBe(0);
      const padding = disk.subarray(at + tail.length, at + BLOCK_BYTES);
      expect(padding.every((byte) => byte === 0)).toBe(true);
    }
  });
});

function extentsOf(descriptor: string): { path: string; sectors: number; offset: number }[] {
  const lines = readFileSync(descriptor, 'utf8').matchAll(/^RDONLY (\d+) FLAT "(.+)" (\d+)$/gm);
  return [...lines].map(([, sectors, path, offset]) => ({
    ...{ path: path!, sectors: Number(sectors), offset: Number(offset) },
  }));
}

/** What is in the last block of each file that has blocks of its own. */
function tailsOf(tree: ReturnType<typeof scenarioTree>): Buffer[] {
  return Object.values(tree).flatMap((entry) => {
    if (entry.kind !== 'file' || !(entry.content instanceof Uint8Array)) return [];
    const { content } = entry;
    const tailBytes = content.length % BLOCK_BYTES;
    if (content.length < BLOCK_BYTES || tailBytes === 0) return [];
    return [Buffer.from(content.subarray(content.length - tailBytes))];
  });
}

function storeOf(directory: string): Buffer {
  return execFileSync('sh', ['-c', 'cat "$1"/*', '-', join(directory, 'store/packs')], {
    maxBuffer: 1 << 28,
  });
}
