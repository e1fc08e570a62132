import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { vmdkDescriptor } from '../../../src/lib/rootfs/mapped/vmdk-descriptor.js';
import { diskFiles } from '../../../src/lib/vm/krun/disk-files.js';
import { rejectionOf } from '../../support/failure.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const temporary = useTemporaryDirectory();

describe('diskFiles()', () => {
  it('returns nothing for a file that is the disk', async () => {
    expect(await diskFiles({ format: 'raw', path: '/images/root.erofs' })).toEqual([]);
  });

  it('returns each file of a disk once, for a disk as the images have it', async () => {
    const krun = join(temporary(), 'krun.vmdk');
    const extents = ['/cache/a.meta', '/packs/1', '/packs/2', '/packs/1'].map((path) => ({
      ...{ path, offsetBytes: 4096, lengthBytes: 8192 },
    }));
    writeFileSync(krun, vmdkDescriptor(extents, 'krun'));

    const files = await diskFiles({ format: 'vmdk', descriptors: { qemu: '/none', krun } });

    expect(files).toEqual(['/cache/a.meta', '/packs/1', '/packs/2']);
  });

  it('says which description cannot be read', async () => {
    const descriptors = { qemu: '/none', krun: '/nonexistent/krun.vmdk' };

    const error = await rejectionOf(diskFiles({ format: 'vmdk', descriptors }));

    expect(error.code).toBe('IO_FAILED');
    expect(error.message).toContain('/nonexistent/krun.vmdk');
  });
});
