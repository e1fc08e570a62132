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

  it('counts offsets in bytes for libkrun', () => {
    expect(vmdkDescriptor(extents, 'krun')).toContain(
      'RW 16 FLAT "/cache/meta" 0\nRW 8 FLAT "/store/pack a" 40960\n',
    );
  });

  it('gives other extents another content id', () => {
    const ids = [extents, extents.toReversed()].map(
      (some) => /^CID=([0-9a-f]{8})$/m.exec(vmdkDescriptor(some, 'qemu'))?.[1],
    );

    expect(new Set(ids).size).toBe(2);
    expect(ids).not.toContain(undefined);
  });

  it.each([
    { name: 'a quotation mark', path: '/a"b' },
    { name: 'a line break', path: '/a\nRW 1 FLAT "/etc/shadow" 0' },
    { name: 'more than 511 bytes', path: `/${'ä'.repeat(256)}` },
  ])('refuses a path with $name', ({ path }) => {
    const error = failureOf(() =>
      vmdkDescriptor([{ path, offsetBytes: 0, lengthBytes: 4096 }], 'qemu'),
    );

    expect(error.code).toBe('ROOTFS_LIMIT');
  });
});
