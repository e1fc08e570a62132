import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from '../../support/fast-check.js';
import { describe, expect, it } from 'vitest';
import { vmdkDescriptor } from '../../../src/lib/rootfs/mapped/vmdk-descriptor.js';
import { writeMappedErofs } from '../../../src/lib/rootfs/mapped/write-mapped-erofs.js';
import { writeErofsOfTree } from '../../../src/lib/rootfs/write-erofs-of-tree.js';
import { fixedSize } from '../../../src/lib/store/chunkers/fixed-size.js';
import { PackedFsStore } from '../../../src/lib/store/backends/packed-fs-store.js';
import { arbitraryTree } from '../support/arbitrary-tree.js';
import { erofsSnapshot } from '../support/erofs-reader.js';
import { fsck } from '../support/judges.js';
import { storeTree } from '../support/stored-tree.js';

const KIB = 1024;

describe('writeMappedErofs() of any tree', () => {
  it('describes a disk that holds the same tree as the dense image', async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryTree,
        fc.integer({ min: 2, max: 20 }),
        async (paths, maxExtents) => {
          const directory = await mkdtemp(join(tmpdir(), 'mono-mapped-'));
          const at = (name: string): string => join(directory, name);
          const store = await PackedFsStore.open({
            path: at('store'),
            chunker: fixedSize({ sizeBytes: 8 * KIB }),
            sizes: { segmentBytes: { data: 64 * KIB, node: 64 * KIB } },
          });
          const root = await storeTree(store, paths);
          await store.flush();

          const request = { store, root, path: at('metadata'), sidePath: at('side'), maxExtents };
          const { extents } = await writeMappedErofs(request);
          await writeErofsOfTree({ store, root, path: at('dense') });

          writeFileSync(at('disk.vmdk'), vmdkDescriptor(extents, 'qemu'));
          const convert = ['convert', '-f', 'vmdk', '-O', 'raw', at('disk.vmdk'), at('disk')];
          execFileSync('qemu-img', convert);
          fsck(at('disk'), ['--extract']);
          expect(extents.length).toBeLessThanOrEqual(maxExtents);
          expect(erofsSnapshot(at('disk'))).toEqual(erofsSnapshot(at('dense')));
          await store.close();
          await rm(directory, { recursive: true });
        },
      ),
      { numRuns: 15 },
    );
  });
});
