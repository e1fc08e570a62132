import { BufferPool, recycled } from '../../base/buffer-pool.js';
import { readAhead } from '../../base/read-ahead.js';
import { loadIngestAddon } from '../../io/native/ingest-addon.js';
import type { StreamHash } from '../../io/native/stream-hash.js';
import { gunzipNatively } from './gunzip-natively.js';
import { gunzipWithZlib } from './gunzip-with-zlib.js';
import { hashPassing } from './hash-passing.js';

/** Size in `bytes` of the pieces that come out: fits the second-level cache of a core. */
const OUTPUT_PIECE_BYTES = 1024 * 1024;
/** How many compressed `bytes` may wait to be inflated. */
const INPUT_AHEAD_BYTES = 1024 * 1024;
/** How many inflated `bytes` may wait to be read. */
const OUTPUT_AHEAD_BYTES = 2 * 1024 * 1024;

/** Options of {@link gunzip}. */
export interface GunzipOptions {
  /** a piece stays as it is only until the next one is asked for */
  readonly recycle?: boolean;
  /** takes all bytes that come out; complete once the last piece has been yielded */
  readonly hash?: StreamHash;
}

/**
 * Yields the content of all gzip members in `source`, one after the other; inflating runs beside
 * the main thread and ahead of the receiver. Zeros behind the last member are padding; they and what
 * follows them are passed over.
 *
 * @throws {LayerFault} `LAYER_COMPRESSION_INVALID`; and whatever `source` throws
 * @see RFC 1952, section 2.2
 */
export function gunzip(
  source: AsyncIterable<Uint8Array>,
  options: GunzipOptions = {},
): AsyncGenerator<Uint8Array> {
  const addon = loadIngestAddon();
  const { hash, recycle } = options;
  if (!addon) return hash ? hashPassing(gunzipWithZlib(source), hash) : gunzipWithZlib(source);
  const input = readAhead(source, { limitBytes: INPUT_AHEAD_BYTES });
  const buffers = new BufferPool(OUTPUT_PIECE_BYTES);
  const pieces = gunzipNatively(input, { addon, buffers, hash: hash?.handle });
  const ahead = readAhead(pieces, { limitBytes: OUTPUT_AHEAD_BYTES });
  const passed = hash && !hash.handle ? hashPassing(ahead, hash) : ahead;
  return recycle ? recycled(passed, buffers) : passed;
}
