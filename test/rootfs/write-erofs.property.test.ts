import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from '../support/fast-check.js';
import { describe, expect, it } from 'vitest';
import { writeErofs } from '../../src/lib/rootfs/write-erofs.js';
import { useTemporaryDirectory } from '../support/temporary-directory.js';
import { arbitraryTree } from './support/arbitrary-tree.js';
import { fsck, judges } from './support/judges.js';
import { bytesText, expectedSnapshot } from './support/snapshot.js';
import { testTree } from './support/test-tree.js';

const temporary = useTemporaryDirectory();

describe('writeErofs() of any tree', () => {
  it.each(judges)('is read back as it was by $name', async (judge) => {
    await fc.assert(
      fc.asyncProperty(arbitraryTree, async (paths) => {
        const tree = testTree(paths);
        const path = join(temporary(), 'image');

        await writeErofs({ ...tree, entries: tree.entries(), path });

        fsck(path);
        expect(judge.read(path)).toEqual(judge.expect(await expectedSnapshot(tree)));
      }),
      { numRuns: 25 },
    );
  });

  it('gives the same bytes every time', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryTree, async (paths) => {
        const digests = new Set<string>();
        for (const name of ['first', 'second']) {
          const path = join(temporary(), name);
          const tree = testTree(paths);
          await writeErofs({ ...tree, entries: tree.entries(), path });
          digests.add(bytesText(readFileSync(path)));
        }

        expect(digests.size).toBe(1);
      }),
      { numRuns: 15 },
    );
  });
});
