/**
 * A writer for the dag-cbor that almost every node consists of, the counterpart of
 * `decode-plain-node.ts`: it leaves all that is unusual to one that knows the whole format.
 */
import { CID } from 'multiformats/cid';
import { MAX_BLOCK_BYTES } from '../limits.js';
import { LINK, MAJOR, NUMBER, SIMPLE } from './cbor-head.js';

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
        return this.#byte((MAJOR.simple << 5) | (value ? SIMPLE.true : SIMPLE.false));
      case 'object':
        return value !== null && this.#object(value, depth);
      default:
        return false;
    }
  }

  #object(value: object, depth: number): boolean {
    if (Array.isArray(value)) return this.#list(value, depth);
    if (value instanceof Uint8Array) return this.#string(MAJOR.bytes, value);
    const cid = CID.asCID(value);
    return cid ? this.#link(cid) : this.#map(value, depth);
  }

  #list(items: readonly unknown[], depth: number): boolean {
    return (
      this.#head(MAJOR.list, items.length) && items.every((item) => this.write(item, depth + 1))
    );
  }

  /** Writes a plain object with its keys in the canonical order: by length, then by bytes. */
  #map(value: object, depth: number): boolean {
    if (Object.getPrototypeOf(value) !== Object.prototype) return false;
    const entries = Object.entries(value).sort(
      ([a], [b]) => a.length - b.length || (a < b ? -1 : 1),
    );
    return (
      this.#head(MAJOR.map, entries.length) &&
      entries.every(([key, item]) => this.#text(key) && this.write(item, depth + 1))
    );
  }

  #link({ bytes }: CID): boolean {
    const length = bytes.length + 1;
    const isUsual = length > NUMBER.lastShort && length <= 0xff && this.#room(length + 4);
    if (!isUsual) return false;
    this.#bytes[this.#at] = (MAJOR.tag << 5) | NUMBER.bits8;
    this.#bytes[this.#at + 1] = LINK.tag;
    this.#bytes[this.#at + 2] = (MAJOR.bytes << 5) | NUMBER.bits8;
    this.#bytes[this.#at + 3] = length;
    this.#bytes[this.#at + 4] = LINK.multibase;
    this.#bytes.set(bytes, this.#at + 5);
    this.#at += 4 + length;
    return true;
  }

  #text(text: string): boolean {
    if (!this.#head(MAJOR.text, text.length) || !this.#room(text.length)) return false;
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
    return number < 0 ? this.#head(MAJOR.negative, -1 - number) : this.#head(MAJOR.uint, number);
  }

  /** Writes an initial byte and a number in its shortest form. */
  #head(major: number, argument: number): boolean {
    if (!this.#room(HEAD_BYTES)) return false;
    const [bytes, at, type] = [this.#bytes, this.#at, major << 5];
    if (argument <= NUMBER.lastShort) {
      bytes[at] = type | argument;
      this.#at = at + 1;
    } else if (argument < 2 ** 8) {
      bytes[at] = type | NUMBER.bits8;
      this.#at = bytes.writeUInt8(argument, at + 1);
    } else if (argument < 2 ** 16) {
      bytes[at] = type | NUMBER.bits16;
      this.#at = bytes.writeUInt16BE(argument, at + 1);
    } else if (argument < 2 ** 32) {
      bytes[at] = type | NUMBER.bits32;
      this.#at = bytes.writeUInt32BE(argument, at + 1);
    } else {
      bytes[at] = type | NUMBER.bits64;
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
