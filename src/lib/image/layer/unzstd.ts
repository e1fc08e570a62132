import { compressionFault } from './compression-fault.js';
import { readZstdBlocks } from './zstd-blocks.js';

/**
 * Yields the content of all zstd frames in `source`, one after the other, their checksums verified.
 *
 * Decodes with libzstd in WebAssembly on every version of Node: the zlib of Node, where it has zstd
 * at all, ends after the first frame, and layers made for partial pulls have thousands.
 *
 * @throws {LayerFault} `LAYER_COMPRESSION_INVALID`; and whatever `source` throws
 * @see RFC 8878
 */
export async function* unzstd(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const decoder = await openDecoder();
  let fault: Error | undefined;
  try {
    for await (const block of readZstdBlocks(source)) {
      const content = decoder.decode(block);
      if (content.length > 0) yield content;
    }
  } finally {
    fault = decoder.close();
  }
  if (fault) throw fault;
}

interface BlockDecoder {
  /** Returns what one block gives; a damaged block is noticed at the next call at the latest. */
  decode(block: Uint8Array): Uint8Array;
  /** Frees the memory. Returns what is wrong when the blocks so far are damaged or incomplete. */
  close(): Error | undefined;
}

/**
 * The library pulls its input from an iterable and yields what each call of libzstd gives. libzstd
 * takes a whole block in one call, since the output buffer holds the largest block. So when the
 * library yields again without having asked for more input, libzstd has refused the block.
 */
async function openDecoder(): Promise<BlockDecoder> {
  const { ZSTDDecoder } = await import('zstddec/stream');
  const library = new ZSTDDecoder();
  await library.init();
  let pending: Uint8Array | undefined;
  function* inputs(): Generator<Uint8Array> {
    while (pending) {
      const block = pending;
      pending = undefined;
      yield block;
    }
  }
  const outputs = library.decodeStreaming(inputs());
  return {
    decode(block) {
      pending = block;
      const output = outputs.next();
      const isTaken = (pending as Uint8Array | undefined) === undefined;
      if (output.done || !isTaken) throw damaged();
      return output.value;
    },
    close() {
      pending = undefined;
      try {
        return outputs.next().done ? undefined : damaged();
      } catch (error) {
        return damaged(error);
      }
    },
  };
}

function damaged(cause?: unknown): Error {
  return compressionFault('its zstd data is damaged', cause);
}
