import { MonoError } from '../../errors.js';

/** The longest CID that stands in front of a block, in bytes: more than any hash in use needs. */
const MAX_CID_BYTES = 128;
/** The longest length prefix, in bytes. */
const MAX_VARINT_BYTES = 8;

/**
 * Yields the bytes of a CAR file as they are, and fails at the first section that is longer than a
 * block of `maxBlockBytes` can make it: a reader of sections takes each into memory as a whole.
 *
 * A section is its length as an unsigned LEB128 number and that many bytes; so is the header.
 *
 * @throws {MonoError} `CAR_INVALID`
 */
export async function* limitCarSections(
  source: AsyncIterable<Uint8Array>,
  maxBlockBytes: number,
): AsyncGenerator<Uint8Array> {
  let restBytes = 0;
  let length = 0;
  let lengthBytes = 0;
  for await (const piece of source) {
    for (let index = 0; index < piece.length;) {
      const skipped = Math.min(restBytes, piece.length - index);
      restBytes -= skipped;
      index += skipped;
      if (index >= piece.length) break;
      const byte = piece[index] as number;
      index += 1;
      length += (byte & 0x7f) * 2 ** (7 * lengthBytes);
      lengthBytes += 1;
      if (lengthBytes > MAX_VARINT_BYTES) throw tooLong();
      if (byte >= 0x80) continue;
      if (length > maxBlockBytes + MAX_CID_BYTES) throw tooLong();
      restBytes = length;
      length = 0;
      lengthBytes = 0;
    }
    yield piece;
  }
}

function tooLong(): MonoError {
  return new MonoError('CAR_INVALID', 'Cannot read the CAR file: a section is too long');
}
