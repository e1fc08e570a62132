/**
 * A reader for the dag-cbor that almost every node consists of: lists, maps, integers, byte strings,
 * ASCII text, booleans, and links by CIDv1 with sha2-256. It takes a tenth of the time of one that
 * knows the whole format, and leaves all that is unusual, valid or not, to that one.
 */
import { byteStringFromBytes } from '../../base/bytes.js';
import { LINK, MAJOR, NUMBER, SIMPLE } from './cbor-head.js';
import { usualCidFromBytes } from './cid-from-bytes.js';

/** The initial byte of a link's byte string: its length has 8 bits. */
const LINK_HEAD = (MAJOR.bytes << 5) | NUMBER.bits8;
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
      case MAJOR.uint:
        return this.#number(info);
      case MAJOR.negative:
        return this.#negative(info);
      case MAJOR.bytes:
        return this.#take(this.#number(info));
      case MAJOR.list:
        return this.#list(info, depth);
      case MAJOR.text:
        return this.#text(this.#number(info));
      case MAJOR.map:
        return this.#map(info, depth);
      case MAJOR.tag:
        return this.#link(info);
      case MAJOR.simple:
        return info === SIMPLE.true || info === SIMPLE.false
          ? info === SIMPLE.true
          : this.#giveUp();
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
      if (initial >> 5 !== MAJOR.text) this.#giveUp();
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
    const isLink = this.#number(info) === LINK.tag && this.#next() === LINK_HEAD;
    if (!isLink) return this.#giveUp();
    const link = this.#take(this.#number(NUMBER.bits8));
    const cid = link[0] === LINK.multibase ? usualCidFromBytes(link.subarray(1)) : undefined;
    return cid ?? this.#giveUp();
  }

  #negative(info: number): number {
    const number = this.#number(info);
    if (number === Number.MAX_SAFE_INTEGER) this.#giveUp();
    return -1 - number;
  }

  /** Reads the number in and behind an initial byte, which must have its shortest form. */
  #number(info: number): number {
    if (info <= NUMBER.lastShort) return info;
    switch (info) {
      case NUMBER.bits8:
        return this.#atLeast(NUMBER.lastShort + 1, this.#next());
      case NUMBER.bits16:
        return this.#atLeast(2 ** 8, this.#unsigned(2));
      case NUMBER.bits32:
        return this.#atLeast(2 ** 16, this.#unsigned(4));
      case NUMBER.bits64:
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
