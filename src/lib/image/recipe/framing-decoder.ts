import { NodeProblem } from '../../fs/node/read-node.js';
import { BLOCK_BYTES, KIND_COUNT, OPERATION, PATTERN_COUNT } from './framing.js';

/** What stands next in an archive. */
export type Frame =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'zeros'; readonly count: number }
  | { readonly kind: 'content' };

/** Yields what the operations of one part make. Throws a `NodeProblem` for what is no operation. */
export function* decodeFraming(framing: Uint8Array): Generator<Frame> {
  const reader = new FramingReader(framing);
  const patterns: Uint8Array[] = [];
  while (!reader.atEnd) {
    const head = reader.varint();
    const kind = head % KIND_COUNT;
    const argument = Math.floor(head / KIND_COUNT);
    if (kind === OPERATION.zeros) yield { kind: 'zeros', count: argument };
    else if (kind === OPERATION.literal) yield { kind: 'bytes', bytes: reader.bytes(argument) };
    else if (kind === OPERATION.content) {
      if (argument !== 0) throw new NodeProblem('the place of a content has an argument');
      yield { kind: 'content' };
    } else {
      const pattern = argument === 0 ? new Uint8Array(BLOCK_BYTES) : patterns[argument - 1];
      if (pattern === undefined)
        throw new NodeProblem('a block follows a pattern that is not there');
      const bytes = changed(pattern, reader);
      patterns.unshift(bytes);
      patterns.length = Math.min(patterns.length, PATTERN_COUNT);
      yield { kind: 'bytes', bytes };
    }
  }
}

function changed(pattern: Uint8Array, reader: FramingReader): Uint8Array {
  const block = pattern.slice();
  let at = 0;
  for (let left = reader.varint(); left > 0; left--) {
    at += reader.varint();
    const length = reader.varint();
    if (length === 0 || at + length > BLOCK_BYTES) {
      throw new NodeProblem('a change does not lie in its block');
    }
    block.set(reader.bytes(length), at);
    at += length;
  }
  return block;
}

class FramingReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  bytes(count: number): Uint8Array {
    const end = this.#at + count;
    if (end > this.#bytes.length) throw new NodeProblem('the framing ends in an operation');
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const [byte = 0] = this.bytes(1);
      value += (byte & 0x7f) * scale;
      if (!Number.isSafeInteger(value)) throw new NodeProblem('a number is too large');
      if (byte >= 0x80) continue;
      if (byte === 0 && scale > 1) throw new NodeProblem('a number is longer than it needs to be');
      return value;
    }
  }
}
