const MAGIC = 0xfd2fb528;
const MAX_BLOCK_BYTES = 128 * 1024;

/** The frame content size takes 8 bytes, the frame is one segment, and has no checksum. */
const FRAME_HEADER_DESCRIPTOR = 0xe0;

/**
 * Returns a zstd frame that holds `content` in raw blocks: valid for every decoder, not smaller.
 *
 * @see RFC 8878, section 3.1.1
 */
export function zstdStored(content: Uint8Array): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32LE(MAGIC, 0);
  header.writeUInt8(FRAME_HEADER_DESCRIPTOR, 4);
  header.writeBigUInt64LE(BigInt(content.length), 5);
  const pieces: Uint8Array[] = [header];
  let offset = 0;
  do {
    const block = content.subarray(offset, offset + MAX_BLOCK_BYTES);
    offset += block.length;
    pieces.push(blockHeader(block.length, offset >= content.length), block);
  } while (offset < content.length);
  return Buffer.concat(pieces);
}

/** u24le: bit 0 last block, bits 1-2 block type (0 = raw), bits 3-23 size. */
function blockHeader(sizeBytes: number, isLast: boolean): Uint8Array {
  const header = Buffer.alloc(3);
  header.writeUIntLE((sizeBytes << 3) | (isLast ? 1 : 0), 0, 3);
  return header;
}
