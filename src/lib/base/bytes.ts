/** Where bytes come from: pieces of any size from 0 bytes on; consumed once, fully, in order. */
export type ByteSource = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * Text in which each UTF-16 unit is one byte (0-255): names, link targets and xattr keys of a
 * Linux filesystem, which need not be UTF-8. Comparing two with `<` compares their bytes.
 */
export type ByteString = string & { readonly __brand: 'ByteString' };

/** Returns the byte string of `bytes`. */
export function byteStringFromBytes(bytes: Uint8Array): ByteString {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(
    'latin1',
  ) as ByteString;
}

/** Returns the byte string of the UTF-8 encoding of `text`. */
export function byteStringFromText(text: string): ByteString {
  return Buffer.from(text, 'utf8').toString('latin1') as ByteString;
}

/** Returns the bytes of `value`. */
export function bytesOfByteString(value: ByteString): Uint8Array {
  return new Uint8Array(Buffer.from(value, 'latin1'));
}

/** Returns `value` decoded as UTF-8 for people to read; malformed bytes become U+FFFD. */
export function textOfByteString(value: ByteString): string {
  return Buffer.from(value, 'latin1').toString('utf8');
}
