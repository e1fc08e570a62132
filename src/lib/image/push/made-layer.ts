import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { digestFromHash, type Digest } from '../../base/digest.js';
import type { Descriptor } from '../../registry/manifest/descriptor.js';
import { createBlobVerifier } from '../../registry/blob/blob-verifier.js';
import type { NewBlob } from '../../registry/upload/upload-context.js';

const MEDIA_TYPE = 'application/vnd.oci.image.layer.v1.tar+gzip';

/** How hard layers are compressed that are made here: what every builder does. */
const GZIP_LEVEL = 6;

/** A layer that was made here. */
export interface MadeLayer {
  readonly descriptor: Descriptor;
  readonly diffId: Digest;
  readonly blob: NewBlob;
}

/**
 * Returns the gzipped layer of the archive that `open` gives, the same with each call. Compresses it
 * once to learn its digest and again when it is read, which costs time but no space.
 */
export async function makeLayer(open: () => AsyncIterable<Uint8Array>): Promise<MadeLayer> {
  const archive = createHash('sha256');
  const compressed = createHash('sha256');
  let sizeBytes = 0;
  for await (const piece of gzip(hashed(open(), archive))) {
    compressed.update(piece);
    sizeBytes += piece.length;
  }
  const descriptor = {
    mediaType: MEDIA_TYPE,
    digest: digestFromHash(compressed.digest()),
    sizeBytes,
  };
  return {
    descriptor,
    diffId: digestFromHash(archive.digest()),
    blob: { ...descriptor, open: () => verified(gzip(open()), descriptor) },
  };
}

async function* hashed(
  source: AsyncIterable<Uint8Array>,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<Uint8Array> {
  for await (const piece of source) {
    hash.update(piece);
    yield piece;
  }
}

async function* gzip(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const input = Readable.from(source, { objectMode: false });
  const output = createGzip({ level: GZIP_LEVEL });
  input.once('error', (error) => output.destroy(error));
  input.pipe(output);
  try {
    for await (const piece of output) yield piece as Uint8Array;
  } finally {
    input.destroy();
    output.destroy();
  }
}

/** Says so when the store gave other bytes the second time. */
async function* verified(
  source: AsyncIterable<Uint8Array>,
  descriptor: Descriptor,
): AsyncGenerator<Uint8Array> {
  const verifier = createBlobVerifier(descriptor, `make layer \`${descriptor.digest}\` again`);
  for await (const piece of source) {
    const room = verifier.update(piece);
    yield piece;
    if (room) await room;
  }
  await verifier.end();
}
