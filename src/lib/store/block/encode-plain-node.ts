/**
 * A writer for the dag-cbor that almost every node consists of, the counterpart of
 * `decode-plain-node.ts`: it leaves all that is unusual to one that knows the whole format.
 */
import { CID } from 'multiformats/cid';
import { MAX_BLOCK_BYTES } from '../limits.js';

/** The first three bits of a data item that say what it is (RFC 8949, section 3.1). */
const UINT = 0;
const NEGATIVE = 1;
const BYTES = 2;
const TEXT = 3;
const LIST = 4;
const MAP = 5;

/** The other five bits: a number up to 23, or how many bytes of a number follow. */
const LAST_SHORT_NUMBER = 23;
const NUMBER_OF_8_BITS = 24;
const NUMBER_OF_16_BITS = 25;
const NUMBER_OF_32_BITS = 26;
const NUMBER_OF_64_BITS = 27;

const FALSE = 0xf4;
const TRUE = 0xf5;
/** The tag of a link, and the byte that stands before the CID. */
const LINK = [0xd8, 0x2a] as const;
const LINK_MULTIBASE = 0;
const MAX_ASCII = 0x7f;

/** Nodes of ours nest less than ten lists. */
const MAX_DEPTH = 32;
const HEAD_BYTES = 9;
/** More than most nodes have, and little enough to come out of Node's pool. */
const FIRST_BYTES = 2 * 1024;

/** Returns the canonical dag-cbor of a value, or `undefined` where something in it is unusual. */
export function encodePlainNode(value: unknown): Uint8Array | undefined {
  const writer = new PlainWriter();
  return writer.write(value, 0) ? writer.finish() : undefined;
}

class PlainWriter {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  #at = 0;

  /** Returns a copy of what was written. */
  finish(): Uint8Array {
    return new Uint8Array(this.#bytes.subarray(0, this.#at));
  }

  /** Writes a value; returns whether it could be written, together with all before it. */
  write(value: unknown, depth: number): boolean {
    if (depth > MAX_DEPTH) return false;
    switch (typeof value) {
      case 'number':
        return this.#number(value);
      case 'string':
        return this.#text(value);
      case 'boolean':
        return this.#byte(value ? TRUE : FALSE);
      case 'object':
        return value !== null && this.#object(value, depth);
      default:
        return false;
    }
  }

  #object(value: object, depth: number): boolean {
    if (Array.isArray(value)) return this.#list(value, depth);
    if (value instanceof Uint8Array) return this.#string(BYTES, value);
    const cid = CID.asCID(value);
    return cid ? this.#link(cid) : this.#map(value, depth);
  }

  #list(items: readonly unknown[], depth: number): boolean {
    return this.#head(LIST, items.length) && items.every((item) => this.write(item, depth + 1));
  }

  /** Writes a plain object with its keys in the canonical order: by length, then by bytes. */
  #map(value: object, depth: number): boolean {
    if (Object.getPrototypeOf(value) !== Object.prototype) return false;
    const entries = Object.entries(value).sort(
      ([a], [b]) => a.length - b.length || (a < b ? -1 : 1),
    );
    return (
      this.#head(MAP, entries.length) &&
      entries.every(([key, item]) => this.#text(key) && this.write(item, depth + 1))
    );
  }

  #link({ bytes }: CID): boolean {
    const length = bytes.length + 1;
    const isUsual = length > LAST_SHORT_NUMBER && length <= 0xff && this.#room(length + 4);
    if (!isUsual) return false;
    this.#bytes[this.#at] = LINK[0];
    this.#bytes[this.#at + 1] = LINK[1];
    this.#bytes[this.#at + 2] = (BYTES << 5) | NUMBER_OF_8_BITS;
    this.#bytes[this.#at + 3] = length;
    this.#bytes[this.#at + 4] = LINK_MULTIBASE;
    this.#bytes.set(bytes, this.#at + 5);
    this.#at += 4 + length;
    return true;
  }

  #text(text: string): boolean {
    if (!this.#head(TEXT, text.length) || !this.#room(text.length)) return false;
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (code > MAX_ASCII) return false;
      this.#bytes[this.#at + at] = code;
    }
    this.#at += text.length;
    return true;
  }

  #string(major: number, bytes: Uint8Array): boolean {
    if (!this.#head(major, bytes.length) || !this.#room(bytes.length)) return false;
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
    return true;
  }

  #number(number: number): boolean {
    if (!Number.isSafeInteger(number) || Object.is(number, -0)) return false;
    return number < 0 ? this.#head(NEGATIVE, -1 - number) : this.#head(UINT, number);
  }

  /** Writes an initial byte and a number in its shortest form. */
  #head(major: number, argument: number): boolean {
    if (!this.#room(HEAD_BYTES)) return false;
    const [bytes, at, type] = [this.#bytes, this.#at, major << 5];
    if (argument <= LAST_SHORT_NUMBER) {
      bytes[at] = type | argument;
      this.#at = at + 1;
    } else if (argument < 2 ** 8) {
      bytes[at] = type | NUMBER_OF_8_BITS;
      this.#at = bytes.writeUInt8(argument, at + 1);
    } else if (argument < 2 ** 16) {
      bytes[at] = type | NUMBER_OF_16_BITS;
      this.#at = bytes.writeUInt16BE(argument, at + 1);
    } else if (argument < 2 ** 32) {
      bytes[at] = type | NUMBER_OF_32_BITS;
      this.#at = bytes.writeUInt32BE(argument, at + 1);
    } else {
      bytes[at] = type | NUMBER_OF_64_BITS;
      bytes.writeUInt32BE(Math.floor(argument / 2 ** 32), at + 1);
      this.#at = bytes.writeUInt32BE(argument % 2 ** 32, at + 5);
    }
    return true;
  }

  #byte(byte: number): boolean {
    if (!this.#room(1)) return false;
    this.#bytes[this.#at++] = byte;
    return true;
  }

  /** Makes room; what is longer than a block is left to others, who refuse it. */
  #room(length: number): boolean {
    const needed = this.#at + length;
    if (needed <= this.#bytes.length) return true;
    if (needed > 2 * MAX_BLOCK_BYTES) return false;
    const grown = Buffer.allocUnsafeSlow(2 * Math.max(needed, this.#bytes.length));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
    return true;
  }
}
