import { describe, expect, it } from 'vitest';
import { vmdkDescriptor } from '../../../src/lib/rootfs/mapped/vmdk-descriptor.js';
import { failureOf } from '../../support/failure.js';

const extents = [
  { path: '/cache/meta', offsetBytes: 0, lengthBytes: 8192 },
  { path: '/store/pack a', offsetBytes: 40_960, lengthBytes: 4096 },
];

describe('vmdkDescriptor()', () => {
  it('counts offsets in sectors for QEMU', () => {
    expect(vmdkDescriptor(extents, 'qemu')).toContain(
      'RW 16 FLAT "/cache/meta" 0\nRW 8 FLAT "/store/pack a" 80\n',
    );
  });

  it('counts offsets in bytes for libkrun, and asks for no write access', () => {
    const parts = extents.map((extent) => ({ ...extent, path: extent.path.replace(' ', '-') }));

    expect(vmdkDescriptor(parts, 'krun')).toContain(
      'RDONLY 16 FLAT "/cache/meta" 0\nRDONLY 8 FLAT "/store/pack-a" 40960\n',
    );
  });

  it('has a geometry of the size of the disk', () => {
    const numbers = [...vmdkDescriptor(extents, 'qemu').matchAll(/geometry\.\w+ = "(\d+)"/g)];

    expect(numbers.reduce((product, [, number]) => product * Number(number), 512)).toBe(12_288);
  });

  it('gives other extents another content id', () => {
    const ids = [extents, extents.toReversed()].map(
      (some) => /^CID=([0-9a-f]{8})$/m.exec(vmdkDescriptor(some, 'qemu'))?.[1],
    );

    expect(new Set(ids).size).toBe(2);
    expect(ids).not.toContain(undefined);
  });

  it.each([
    { name: 'a quotation mark', path: '/a"b', reader: 'qemu' },
    { name: 'a line break', path: '/a\nRW 1 FLAT "/etc/shadow" 0', reader: 'qemu' },
    { name: 'more than 511 bytes', path: `/${'ä'.repeat(256)}`, reader: 'qemu' },
    { name: 'a space, for libkrun', path: '/a b', reader: 'krun' },
    { name: 'a line break, for libkrun', path: '/a\nb', reader: 'krun' },
  ] as const)('refuses a path with $name', ({ path, reader }) => {
    const part = { path, offsetBytes: 0, lengthBytes: 4096 };

    const error = failureOf(() => vmdkDescriptor([part], reader));

    expect(error.code).toBe('ROOTFS_LIMIT');
  });
});
