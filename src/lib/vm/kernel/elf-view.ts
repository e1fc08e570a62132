/*
 * Reads the few parts of an ELF file that finding a symbol's bytes takes: section headers, program
 * headers, the dynamic symbol table. 64-bit, little-endian, x86-64 or AArch64 alike. Every offset
 * and count comes from the file and is checked before use; nothing is run.
 *
 * Spec: System V ABI, "Object Files" (gABI 4.1, chapters 4 and 5).
 */
import { MonoError } from '../../errors.js';

/** The most symbols that are looked at; libkrunfw has eight. */
const MAX_SYMBOLS = 65_536;
const HEADER_BYTES = 64;
const SECTION_BYTES = 64;
const SEGMENT_BYTES = 56;
const SYMBOL_BYTES = 24;
const SECTION_TYPE_DYNSYM = 11;
const SEGMENT_TYPE_LOAD = 1;

/** A symbol's value and size as the file gives them. */
export interface ElfSymbol {
  readonly address: number;
  readonly sizeBytes: number;
}

interface Section {
  readonly type: number;
  readonly offset: number;
  readonly sizeBytes: number;
  readonly link: number;
}

/** A view of an ELF file's bytes; checks each access. */
export class ElfView {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  /** @throws {MonoError} `VM_KERNEL_INVALID` unless the bytes start as a 64-bit little-endian ELF file */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const isElf = bytes.length >= HEADER_BYTES && this.#u32(0) === 0x464c_457f;
    if (!isElf || bytes[4] !== 2 || bytes[5] !== 1) {
      throw invalidKernel('it is not a 64-bit little-endian ELF file');
    }
  }

  /**
   * Returns the dynamic symbols of the given names.
   *
   * @throws {MonoError} `VM_KERNEL_INVALID` when one is missing
   */
  symbols<Name extends string>(names: readonly Name[]): Record<Name, ElfSymbol> {
    const found: Partial<Record<string, ElfSymbol>> = {};
    const table = this.#section((section) => section.type === SECTION_TYPE_DYNSYM);
    const strings = this.#sectionAt(table.link);
    const count = Math.min(Math.floor(table.sizeBytes / SYMBOL_BYTES), MAX_SYMBOLS);
    for (let index = 0; index < count; index++) {
      const at = table.offset + index * SYMBOL_BYTES;
      const name = names.find((wanted) => this.#isString(strings, this.#u32(at), wanted));
      if (name) found[name] = { address: this.#u64(at + 8), sizeBytes: this.#u64(at + 16) };
    }
    for (const name of names) {
      if (!found[name]) throw invalidKernel(`it has no symbol \`${name}\``);
    }
    return found as Record<Name, ElfSymbol>;
  }

  /**
   * Returns the bytes of a symbol, borrowed from the file's.
   *
   * @throws {MonoError} `VM_KERNEL_INVALID` when no loadable segment holds them in the file
   */
  contentOf(symbol: ElfSymbol): Uint8Array {
    const offset = this.#u64(32);
    const count = this.#u16(56);
    for (let index = 0; index < count; index++) {
      const at = offset + index * SEGMENT_BYTES;
      if (this.#u32(at) !== SEGMENT_TYPE_LOAD) continue;
      const inSegment = symbol.address - this.#u64(at + 16);
      if (inSegment < 0 || inSegment + symbol.sizeBytes > this.#u64(at + 32)) continue;
      return this.#slice(this.#u64(at + 8) + inSegment, symbol.sizeBytes);
    }
    throw invalidKernel('a symbol lies outside its segments');
  }

  #section(matches: (section: Section) => boolean): Section {
    const count = this.#u16(60);
    for (let index = 0; index < count; index++) {
      const section = this.#sectionAt(index);
      if (matches(section)) return section;
    }
    throw invalidKernel('it has no dynamic symbols');
  }

  #sectionAt(index: number): Section {
    if (index >= this.#u16(60)) throw invalidKernel('a section does not exist');
    const at = this.#u64(40) + index * SECTION_BYTES;
    return {
      type: this.#u32(at + 4),
      offset: this.#u64(at + 24),
      sizeBytes: this.#u64(at + 32),
      link: this.#u32(at + 40),
    };
  }

  #isString(strings: Section, start: number, wanted: string): boolean {
    if (start + wanted.length >= strings.sizeBytes) return false;
    const bytes = this.#slice(strings.offset + start, wanted.length + 1);
    return (
      bytes[wanted.length] === 0 &&
      Buffer.from(bytes).toString('latin1', 0, wanted.length) === wanted
    );
  }

  #slice(offset: number, sizeBytes: number): Uint8Array {
    this.#check(offset, sizeBytes);
    return this.#bytes.subarray(offset, offset + sizeBytes);
  }

  #u16(offset: number): number {
    this.#check(offset, 2);
    return this.#view.getUint16(offset, true);
  }

  #u32(offset: number): number {
    this.#check(offset, 4);
    return this.#view.getUint32(offset, true);
  }

  #u64(offset: number): number {
    this.#check(offset, 8);
    const value = this.#view.getBigUint64(offset, true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw invalidKernel('a number is out of range');
    return Number(value);
  }

  #check(offset: number, sizeBytes: number): void {
    if (!Number.isSafeInteger(offset + sizeBytes) || offset + sizeBytes > this.#bytes.length) {
      throw invalidKernel('it is cut short');
    }
  }
}

/** Returns the error for a kernel library in which `reason` was found. */
export function invalidKernel(reason: string): MonoError {
  return new MonoError('VM_KERNEL_INVALID', `Cannot use the kernel library: ${reason}`, {
    details: { reason },
    hint: 'Use the libkrunfw.so.5 of libkrunfw 5.x for this machine.',
  });
}
