import { describe, expect, it } from 'vitest';
import { crc32cRegister } from '../../../src/lib/rootfs/erofs/crc32c.js';
import { decodeSuperblock, encodeSuperblock } from '../../../src/lib/rootfs/erofs/superblock.js';

const superblock = {
  rootNid: 128,
  inodes: 2 ** 33,
  blocks: 4_000_000_000,
  uuid: Uint8Array.from({ length: 16 }, (_, i) => i),
  chunked: true,
};

describe('decodeSuperblock()', () => {
  it.each([true, false])('returns what was encoded, chunked: %s', (chunked) => {
    const decoded = decodeSuperblock(encodeSuperblock({ ...superblock, chunked }));

    expect(decoded).toEqual({ ...superblock, chunked });
  });

  it('refuses a block in which any byte differs', () => {
    const block = encodeSuperblock(superblock);

    for (let at = 0; at < block.length; at++) {
      const damaged = block.slice();
      damaged[at] = damaged[at]! ^ 0x10;
      expect(decodeSuperblock(damaged), `byte ${at}`).toBeUndefined();
    }
  });

  it.each([0, 1024, 1152, 4095])('refuses a file of %i bytes', (length) => {
    expect(decodeSuperblock(encodeSuperblock(superblock).subarray(0, length))).toBeUndefined();
  });
});

describe('crc32cRegister()', () => {
  it('is the inverse of the check value of CRC-32C for 123456789', () => {
    expect((crc32cRegister(Buffer.from('123456789')) ^ 0xffff_ffff) >>> 0).toBe(0xe306_9283);
  });
});
