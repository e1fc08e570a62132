/*
 * Wraps a kernel image in the smallest ELF file that QEMU's `-kernel` and libkrun boot:
 *
 *   0     ELF header (64)   e_entry = 64-bit entry
 *   64    PT_LOAD (56)      offset 4096, address = load address, the image
 *   120   PT_NOTE (56)      offset 176
 *   176   note (24)         u32le 4 | u32le 8 | u32le 18 | "Xen\0" | u64le PVH entry
 *   4096  image
 */
import type { KernelImage } from './parse-kernel-library.js';

const HEADER_BYTES = 64;
const SEGMENT_BYTES = 56;
const NOTE_OFFSET = HEADER_BYTES + 2 * SEGMENT_BYTES;
const NOTE_BYTES = 24;
/** where the image starts in the file: a page, so that it can be mapped */
export const IMAGE_OFFSET = 4096;

/** Returns the pieces of the ELF file, in order; their sum is `IMAGE_OFFSET` plus the image's size. */
export function bootableKernel(kernel: KernelImage): Uint8Array[] {
  const head = Buffer.alloc(IMAGE_OFFSET);
  writeHeader(head, kernel.entryAddress);
  const size = kernel.image.length;
  writeSegment(head.subarray(HEADER_BYTES), {
    type: 1,
    flags: 7,
    offset: IMAGE_OFFSET,
    address: kernel.loadAddress,
    size,
  });
  writeSegment(head.subarray(HEADER_BYTES + SEGMENT_BYTES), {
    type: 4,
    flags: 4,
    offset: NOTE_OFFSET,
    address: 0,
    size: NOTE_BYTES,
  });
  writeNote(head.subarray(NOTE_OFFSET), kernel.pvhEntryAddress);
  return [new Uint8Array(head), kernel.image];
}

function writeHeader(at: Buffer, entryAddress: number): void {
  at.write('\x7fELF\x02\x01\x01', 0, 'latin1');
  at.writeUInt16LE(2, 16); // executable
  at.writeUInt16LE(62, 18); // x86-64
  at.writeUInt32LE(1, 20);
  at.writeBigUInt64LE(BigInt(entryAddress), 24);
  at.writeBigUInt64LE(BigInt(HEADER_BYTES), 32);
  at.writeUInt16LE(HEADER_BYTES, 52);
  at.writeUInt16LE(SEGMENT_BYTES, 54);
  at.writeUInt16LE(2, 56);
}

interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

function writeSegment(at: Buffer, segment: Segment): void {
  at.writeUInt32LE(segment.type, 0);
  at.writeUInt32LE(segment.flags, 4);
  at.writeBigUInt64LE(BigInt(segment.offset), 8);
  at.writeBigUInt64LE(BigInt(segment.address), 16);
  at.writeBigUInt64LE(BigInt(segment.address), 24);
  at.writeBigUInt64LE(BigInt(segment.size), 32);
  at.writeBigUInt64LE(BigInt(segment.size), 40);
  at.writeBigUInt64LE(4n, 48);
}

function writeNote(at: Buffer, pvhEntryAddress: number): void {
  at.writeUInt32LE(4, 0);
  at.writeUInt32LE(8, 4);
  at.writeUInt32LE(18, 8);
  at.write('Xen\0', 12, 'latin1');
  at.writeBigUInt64LE(BigInt(pvhEntryAddress), 16);
}
