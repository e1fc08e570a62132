import type { ByteSource } from '../../base/bytes.js';
import { iterateBytes, type ByteIterator } from '../tar/iterate-bytes.js';
import { compressionFault } from './compression-fault.js';
import { gunzip, type GunzipOptions } from './gunzip.js';
import { hashPassing } from './hash-passing.js';
import type { LayerCompression } from './media-type.js';
import { unzstd } from './unzstd.js';

const MAGIC_BYTES = 4;
const GZIP_MAGIC = 0x8b1f;
const ZSTD_MAGIC = 0xfd2fb528;
const ZSTD_SKIPPABLE_MAGIC = 0x184d2a5;

/**
 * Yields the decompressed bytes of a layer's blob; without `compression`, as what it shows itself to
 * be. Reads the blob to its end even where compressed
 * data ends before, so that a source which verifies itself has done so.
 *
 * @throws {LayerFault} `LAYER_COMPRESSION_INVALID` when the content is not compressed as
 *   `compression`, its media type, says, is damaged, or ends too early; and whatever `blob` throws
 */
export async function* decompress(
  blob: ByteSource,
  compression?: LayerCompression,
  options: GunzipOptions = {},
): AsyncGenerator<Uint8Array> {
  const { found, source } = await sniff(blob);
  if (compression !== undefined && found !== compression) {
    throw compressionFault(
      `its media type says ${phrase(compression)}, its content is ${phrase(found)}`,
    );
  }
  if (found === 'gzip') yield* gunzip(source, options);
  else {
    const content = found === 'none' ? source : unzstd(source);
    yield* options.hash ? hashPassing(content, options.hash) : content;
  }
}

function phrase(compression: LayerCompression): string {
  return compression === 'none' ? 'not compressed' : `compressed with ${compression}`;
}

/** No tar archive begins like compressed data: the first bytes of it are those of a name. */
async function sniff(
  blob: ByteSource,
): Promise<{ found: LayerCompression; source: AsyncIterable<Uint8Array> }> {
  const pieces = iterateBytes(blob);
  const head: Uint8Array[] = [];
  let headBytes = 0;
  while (headBytes < MAGIC_BYTES) {
    const next = await pieces.next();
    if (next.done) break;
    head.push(next.value);
    headBytes += next.value.length;
  }
  return { found: compressionOf(Buffer.concat(head)), source: resume(head, pieces) };
}

function compressionOf(head: Buffer): LayerCompression {
  if (head.length >= 2 && head.readUInt16LE(0) === GZIP_MAGIC) return 'gzip';
  if (head.length < MAGIC_BYTES) return 'none';
  const magic = head.readUInt32LE(0);
  const isZstd = magic === ZSTD_MAGIC || magic >>> 4 === ZSTD_SKIPPABLE_MAGIC;
  return isZstd ? 'zstd' : 'none';
}

async function* resume(
  head: readonly Uint8Array[],
  rest: ByteIterator,
): AsyncGenerator<Uint8Array> {
  try {
    yield* head;
    for (;;) {
      const next = await rest.next();
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await rest.return?.();
  }
}
