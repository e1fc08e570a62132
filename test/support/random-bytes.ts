/** Returns `sizeBytes` bytes that depend on `seed` alone and do not repeat (xorshift128). */
export function pseudoRandomBytes(sizeBytes: number, seed: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(sizeBytes / 4));
  let [x, y, z, w] = [seed >>> 0 || 1, 362436069, 521288629, 88675123];
  for (let index = 0; index < words.length; index++) {
    const t = (x ^ (x << 11)) >>> 0;
    [x, y, z] = [y, z, w];
    w = (w ^ (w >>> 19) ^ t ^ (t >>> 8)) >>> 0;
    words[index] = w;
  }
  return new Uint8Array(words.buffer, 0, sizeBytes);
}

/** Yields `bytes` in pieces whose sizes are taken from `sizesBytes` in turn. */
export async function* sliced(
  bytes: Uint8Array,
  sizesBytes: readonly number[],
): AsyncGenerator<Uint8Array> {
  let offset = 0;
  for (let turn = 0; offset < bytes.length; turn++) {
    const size = sizesBytes[turn % sizesBytes.length] as number;
    yield bytes.subarray(offset, offset + size);
    offset += size;
  }
  await Promise.resolve();
}
