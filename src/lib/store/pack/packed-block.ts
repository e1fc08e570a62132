/**
 * A block as it stands in a pack (`docs/formats/pack.md`, "Encodings"): its bytes as they are, or a
 * compressed frame followed by the first eight bytes of the frame's SHA-256. A frame may have bytes
 * that do not matter for what comes out of it; the check finds a change of those, too.
 */
import { codecOfKey, hashOf, isContentOf, RAW_CODEC, type BlockKey } from '../block/block-id.js';
import type { BlockCoder } from '../compression/block-coder.js';
import { ENCODING, type EncodedBlock } from '../compression/encode-block.js';
import { MAX_BLOCK_BYTES } from '../limits.js';
import { alignmentOf, alignUp, FRAME_CHECK_BYTES, type PackKind } from './pack-format.js';

/** A block as a pack holds it. */
export interface PackedBlock extends EncodedBlock {
  /** length of the block itself in `bytes` */
  readonly sizeBytes: number;
}

/**
 * Raw blocks from this length on go to data packs. A shorter block would be padded to a page, more
 * than doubling it on average, and nothing maps it: a filesystem image keeps such files inline.
 */
const MIN_DATA_BLOCK_BYTES = alignmentOf('data');

/**
 * Returns the block as it is to be stored. One that could be mapped in place as it is gives that up
 * only for a whole page of space.
 */
export function encodeForPack(key: BlockKey, bytes: Uint8Array, coder: BlockCoder): PackedBlock {
  const plain = { encoding: ENCODING.plain, stored: bytes, sizeBytes: bytes.length };
  const { encoding, stored: frame } = coder.encode(bytes);
  if (encoding === ENCODING.plain) return plain;
  const storedBytes = frame.length + FRAME_CHECK_BYTES;
  const isShorter =
    packKindOf(key, plain) === 'data'
      ? alignUp(storedBytes, 'data') < alignUp(bytes.length, 'data')
      : storedBytes < bytes.length;
  if (!isShorter) return plain;
  return { encoding, stored: Buffer.concat([frame, checkOf(frame)]), sizeBytes: bytes.length };
}

/**
 * Returns the bytes of a block, `undefined` unless what is stored is whole and is that block. The
 * coder has loaded what the encoding needs.
 */
export function decodePacked(
  key: BlockKey,
  block: PackedBlock,
  coder: BlockCoder,
): Uint8Array | undefined {
  const bytes = block.encoding === ENCODING.plain ? block.stored : unpack(block, coder);
  return bytes && isContentOf(key, bytes) ? bytes : undefined;
}

/** Returns the kind of pack that a block goes to: what can be mapped goes to data packs. */
export function packKindOf(
  key: BlockKey,
  block: Pick<PackedBlock, 'encoding' | 'sizeBytes'>,
): PackKind {
  const { encoding, sizeBytes } = block;
  if (encoding !== ENCODING.plain || codecOfKey(key) !== RAW_CODEC) return 'node';
  return sizeBytes >= MIN_DATA_BLOCK_BYTES ? 'data' : 'node';
}

/** The check comes first: damaged bytes never reach a decompressor. */
function unpack(block: PackedBlock, coder: BlockCoder): Uint8Array | undefined {
  const { encoding, stored, sizeBytes } = block;
  const end = stored.length - FRAME_CHECK_BYTES;
  if (end <= 0 || sizeBytes > MAX_BLOCK_BYTES) return undefined;
  const frame = stored.subarray(0, end);
  if (Buffer.compare(checkOf(frame), stored.subarray(end)) !== 0) return undefined;
  return coder.decode({ encoding, stored: frame, sizeBytes });
}

function checkOf(frame: Uint8Array): Uint8Array {
  return hashOf(frame).subarray(0, FRAME_CHECK_BYTES);
}
