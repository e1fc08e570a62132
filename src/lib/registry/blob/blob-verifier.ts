import { digestFromHash } from '../../base/digest.js';
import { MonoError } from '../../errors.js';
import { createGatheredHash } from '../../io/native/gathered-hash.js';
import type { Descriptor } from '../manifest/descriptor.js';

/** Checks bytes against a descriptor while they pass. */
export interface BlobVerifier {
  readonly receivedBytes: number;
  /**
   * Takes a piece, which nobody may change any more. A returned promise resolves when there is room
   * for another one.
   *
   * @throws {MonoError} `BLOB_SIZE_MISMATCH` as soon as there are too many bytes
   */
  update(piece: Uint8Array): void | Promise<void>;
  /** @throws {MonoError} `BLOB_SIZE_MISMATCH`, `BLOB_DIGEST_MISMATCH` */
  end(): Promise<void>;
}

/**
 * Returns a verifier of `descriptor`.
 *
 * @param purpose what errors say that was being done: a verb in the infinitive and its object
 */
export function createBlobVerifier(descriptor: Descriptor, purpose: string): BlobVerifier {
  const { sizeBytes, digest } = descriptor;
  const hash = createGatheredHash();
  let receivedBytes = 0;
  return {
    get receivedBytes() {
      return receivedBytes;
    },
    update(piece) {
      receivedBytes += piece.length;
      if (receivedBytes > sizeBytes) throw sizeMismatch(descriptor, purpose, `more than that`);
      return hash.add(piece);
    },
    async end() {
      if (receivedBytes < sizeBytes) {
        throw sizeMismatch(descriptor, purpose, `only ${receivedBytes}`);
      }
      const actual = digestFromHash(await hash.digest());
      if (actual === digest) return;
      const state = `the digest of what came is \`${actual}\``;
      throw new MonoError('BLOB_DIGEST_MISMATCH', `Cannot ${purpose}: ${state}`, {
        details: { expected: digest, actual },
      });
    },
  };
}

/** Returns the error for a blob of which `actual` bytes are there instead of its size. */
export function sizeMismatch(descriptor: Descriptor, purpose: string, actual: string): MonoError {
  const { digest, sizeBytes } = descriptor;
  return new MonoError(
    'BLOB_SIZE_MISMATCH',
    `Cannot ${purpose}: it has ${sizeBytes} bytes by its descriptor, but ${actual} came`,
    { details: { digest, expected: sizeBytes, actual } },
  );
}
