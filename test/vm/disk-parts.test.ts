import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { vmdkDescriptor } from '../../src/lib/rootfs/mapped/vmdk-descriptor.js';
import { diskFiles, readDiskParts } from '../../src/lib/vm/disk-parts.js';
import { rejectionOf } from '../support/failure.js';
import { useTemporaryDirectory } from '../support/temporary-directory.js';

const temporary = useTemporaryDirectory();
const PARTS = ['/cache/a.meta', '/packs/1', '/packs/2', '/packs/1'].map((path, index) => ({
  ...{ path, offsetBytes: 4096 * index, lengthBytes: 8192 },
}));

/** A disk as the images have it. */
function mappedDisk() {
  const krun = join(temporary(), 'krun.vmdk');
  writeFileSync(krun, vmdkDescriptor(PARTS, 'krun'));
  return { format: 'vmdk', descriptors: { qemu: '/none', krun } } as const;
}

describe('readDiskParts()', () => {
  it('returns the parts in their order', async () => {
    expect(await readDiskParts(mappedDisk())).toEqual(PARTS);
  });

  it('says which description cannot be read', async () => {
    const descriptors = { qemu: '/none', krun: '/nonexistent/krun.vmdk' };

    const error = await rejectionOf(readDiskParts({ format: 'vmdk', descriptors }));

    expect(error.code).toBe('IO_FAILED');
    expect(error.message).toContain('/nonexistent/krun.vmdk');
  });
});

describe('diskFiles()', () => {
  it('returns nothing for a file that is the disk', async () => {
    expect(await diskFiles({ format: 'raw', path: '/images/root.erofs' })).toEqual([]);
  });

  it('returns each file of a disk once', async () => {
    expect(await diskFiles(mappedDisk())).toEqual(['/cache/a.meta', '/packs/1', '/packs/2']);
  });
});
