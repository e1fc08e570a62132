import { createCipheriv, createHash } from 'node:crypto';

const NO_NONCE = Buffer.alloc(16);

/**
 * Returns bytes that depend on `seed` alone and do not compress, of a length from 1 to `largestBytes`
 * that depends on the seed too; short ones are more frequent, as in file systems.
 */
export function pieceOfNoise(seed: string, largestBytes: number): Uint8Array {
  const key = createHash('sha256').update(seed).digest();
  const part = key.readUInt32LE(0) / 2 ** 32;
  const length = 1 + Math.floor(part ** 3 * (largestBytes - 1));
  return createCipheriv('aes-256-ctr', key, NO_NONCE).update(Buffer.alloc(length));
}
