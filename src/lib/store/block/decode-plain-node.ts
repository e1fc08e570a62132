/**
 * A reader for the dag-cbor that almost every node consists of: lists, maps, integers, byte strings,
 * ASCII text, booleans, and links by CIDv1 with sha2-256. It takes a tenth of the time of one that
 * knows the whole format, and leaves all that is unusual, valid or not, to that one.
 */
import { byteStringFromBytes } from '../../base/bytes.js';
import { usualCidFromBytes } from './cid-from-bytes.js';

/** The first three bits of a data item that say what it is (RFC 8949, section 3.1). */
const UINT = 0;
const NEGATIVE = 1;
const BYTES = 2;
const TEXT = 3;
const LIST = 4;
const MAP = 5;
const TAG = 6;
const SIMPLE = 7;

/** The other five bits: a number up to 23, or how many bytes of a number follow. */
const LAST_SHORT_NUMBER = 23;
const NUMBER_OF_8_BITS = 24;
const NUMBER_OF_16_BITS = 25;
const NUMBER_OF_32_BITS = 26;
const NUMBER_OF_64_BITS = 27;

const FALSE = 20;
const TRUE = 21;

/** The tag of a link. */
const LINK = 42;
/** What the bytes of a link begin with: the CID follows as it is. */
const LINK_MULTIBASE = 0;

const MAX_ASCII = 0x7f;

/** Nodes of ours nest less than ten lists. */
const MAX_DEPTH = 32;

/**
 * Returns the value of a node, or `undefined` where something in it is unusual; what is returned is
 * what a strict decoder of the whole format returns. Byte strings are views of `bytes`.
 */
export function decodePlainNode(bytes: Uint8Array): unknown {
  const reader = new PlainReader(bytes);
  const value = reader.read(0);
  return reader.isPlain && reader.isAtEnd ? value : undefined;
}

function isBefore(previous: string, key: string): boolean {
  if (previous.length !== key.length) return previous.length < key.length;
  return previous < key;
}

class PlainReader {
  /** whether nothing unusual was met; the values read are worth nothing otherwise */
  isPlain = true;
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    // Views of a Buffer would be Buffers.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** Reads the data item at the present position. */
  read(depth: number): unknown {
    const initial = this.#next();
    const info = initial & 0x1f;
    switch (initial >> 5) {
      case UINT:
        return this.#number(info);
      case NEGATIVE:
        return this.#negative(info);
      case BYTES:
        return this.#take(this.#number(info));
      case LIST:
        return this.#list(info, depth);
      case TEXT:
        return this.#text(this.#number(info));
      case MAP:
        return this.#map(info, depth);
      case TAG:
        return this.#link(info);
      case SIMPLE:
        return info === TRUE || info === FALSE ? info === TRUE : this.#giveUp();
      default:
        return this.#giveUp();
    }
  }

  #list(info: number, depth: number): unknown[] {
    const length = this.#number(info);
    const items: unknown[] = [];
    if (depth === MAX_DEPTH) this.#giveUp();
    while (items.length < length && this.isPlain) items.push(this.read(depth + 1));
    return items;
  }

  /** Reads a map, whose keys must come in the canonical order: by length, then by bytes. */
  #map(info: number, depth: number): object {
    const length = this.#number(info);
    const map: Record<string, unknown> = {};
    let previous: string | undefined;
    if (depth === MAX_DEPTH) this.#giveUp();
    for (let count = 0; count < length && this.isPlain; count += 1) {
      const initial = this.#next();
      if (initial >> 5 !== TEXT) this.#giveUp();
      const key = this.#text(this.#number(initial & 0x1f));
      const isNext = previous === undefined || isBefore(previous, key);
      if (!isNext || key === '__proto__') this.#giveUp();
      map[key] = this.read(depth + 1);
      previous = key;
    }
    return map;
  }

  /** Reads text of ASCII characters. */
  #text(length: number): string {
    const bytes = this.#take(length);
    if (bytes.some((byte) => byte > MAX_ASCII)) this.#giveUp();
    return byteStringFromBytes(bytes);
  }

  #link(info: number): unknown {
    const isBytes = this.#number(info) === LINK && this.#next() >> 5 === BYTES;
    if (!isBytes || this.#bytes[this.#at - 1] !== ((BYTES << 5) | NUMBER_OF_8_BITS))
      return this.#giveUp();
    const link = this.#take(this.#number(NUMBER_OF_8_BITS));
    const cid = link[0] === LINK_MULTIBASE ? usualCidFromBytes(link.subarray(1)) : undefined;
    return cid ?? this.#giveUp();
  }

  #negative(info: number): number {
    const number = this.#number(info);
    if (number === Number.MAX_SAFE_INTEGER) this.#giveUp();
    return -1 - number;
  }

  /** Reads the number in and behind an initial byte, which must have its shortest form. */
  #number(info: number): number {
    if (info <= LAST_SHORT_NUMBER) return info;
    switch (info) {
      case NUMBER_OF_8_BITS:
        return this.#atLeast(LAST_SHORT_NUMBER + 1, this.#next());
      case NUMBER_OF_16_BITS:
        return this.#atLeast(2 ** 8, this.#unsigned(2));
      case NUMBER_OF_32_BITS:
        return this.#atLeast(2 ** 16, this.#unsigned(4));
      case NUMBER_OF_64_BITS:
        return this.#atLeast(2 ** 32, this.#unsigned(8));
      default:
        this.#giveUp();
        return 0;
    }
  }

  #atLeast(least: number, number: number): number {
    if (number < least || number > Number.MAX_SAFE_INTEGER) this.#giveUp();
    return number;
  }

  #unsigned(length: number): number {
    let number = 0;
    for (let read = 0; read < length; read += 1) number = number * 256 + this.#next();
    return number;
  }

  #take(length: number): Uint8Array {
    const start = this.#at;
    this.#at += length;
    if (this.#at > this.#bytes.length) this.#giveUp();
    return this.#bytes.subarray(start, this.#at);
  }

  #next(): number {
    const byte = this.#bytes[this.#at];
    this.#at += 1;
    if (byte === undefined) this.#giveUp();
    return byte ?? 0;
  }

  #giveUp(): unknown {
    this.isPlain = false;
    return undefined;
  }
}
