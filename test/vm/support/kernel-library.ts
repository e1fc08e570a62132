/** Parts of a made-up libkrunfw; each can be replaced to make it wrong. */
export interface KernelLibraryParts {
  readonly kernel?: Uint8Array;
  /** code of krunfw_get_kernel */
  readonly code?: Uint8Array;
  readonly bundleName?: string;
}

export const LOAD_ADDRESS = 0x0100_0000;
export const ENTRY_ADDRESS = 0x0100_0123;
export const PVH_ADDRESS = 0x0100_0200;

/** Returns the image of a kernel that is zeros but for its PVH note. */
export function kernelWithNote(sizeBytes: number, pvhAddress: number = PVH_ADDRESS): Uint8Array {
  const kernel = Buffer.alloc(sizeBytes);
  kernel.writeUInt32LE(4, 1000);
  kernel.writeUInt32LE(8, 1004);
  kernel.writeUInt32LE(18, 1008);
  kernel.write('Xen\0', 1012, 'latin1');
  kernel.writeBigUInt64LE(BigInt(pvhAddress), 1016);
  return new Uint8Array(kernel);
}

/** Returns `movq $constant, (register)` for each, as compilers write krunfw_get_kernel. */
export function storeCode(
  stores: readonly (readonly [operand: number, constant: number])[],
): Uint8Array {
  const code = Buffer.alloc(stores.length * 7 + 1, 0xc3);
  stores.forEach(([operand, constant], index) => {
    Buffer.from([0x48, 0xc7, operand]).copy(code, index * 7);
    code.writeUInt32LE(constant, index * 7 + 3);
  });
  return new Uint8Array(code);
}

/**
 * Returns a shared library with the two symbols of libkrunfw:
 * `header | code | bundle | strings | symbols | segments | sections`.
 */
export function kernelLibrary(parts: KernelLibraryParts = {}): Buffer {
  const kernel = parts.kernel ?? kernelWithNote(8192);
  const code =
    parts.code ??
    storeCode([
      [0, LOAD_ADDRESS],
      [0, ENTRY_ADDRESS],
      [0, kernel.length],
    ]);
  const strings = Buffer.from(
    `\0${parts.bundleName ?? 'KERNEL_BUNDLE'}\0krunfw_get_kernel\0`,
    'latin1',
  );
  const codeAt = 64;
  const bundleAt = codeAt + code.length;
  const stringsAt = bundleAt + kernel.length + 1;
  const symbolsAt = stringsAt + strings.length;
  const segmentsAt = symbolsAt + 3 * 24;
  const sectionsAt = segmentsAt + 56;
  const library = Buffer.alloc(sectionsAt + 3 * 64);
  library.write('\x7fELF\x02\x01\x01', 'latin1');
  library.writeBigUInt64LE(BigInt(segmentsAt), 32);
  library.writeBigUInt64LE(BigInt(sectionsAt), 40);
  library.writeUInt16LE(1, 56);
  library.writeUInt16LE(3, 60);
  library.set(code, codeAt);
  library.set(kernel, bundleAt);
  library.set(strings, stringsAt);
  const secondName = strings.indexOf('krunfw_get_kernel');
  writeSymbol(library, symbolsAt + 24, [1, bundleAt + 0x1000, kernel.length + 1]);
  writeSymbol(library, symbolsAt + 48, [secondName, codeAt + 0x1000, code.length]);
  library.writeUInt32LE(1, segmentsAt); // loads the whole file at 0x1000
  library.writeBigUInt64LE(0x1000n, segmentsAt + 16);
  library.writeBigUInt64LE(BigInt(library.length), segmentsAt + 32);
  writeSection(library, sectionsAt + 64, [11, symbolsAt, 3 * 24, 2]);
  writeSection(library, sectionsAt + 128, [3, stringsAt, strings.length, 0]);
  return library;
}

function writeSymbol(
  at: Buffer,
  offset: number,
  [name, address, size]: [number, number, number],
): void {
  at.writeUInt32LE(name, offset);
  at.writeBigUInt64LE(BigInt(address), offset + 8);
  at.writeBigUInt64LE(BigInt(size), offset + 16);
}

function writeSection(
  at: Buffer,
  offset: number,
  [type, start, size, link]: [number, number, number, number],
): void {
  at.writeUInt32LE(type, offset + 4);
  at.writeBigUInt64LE(BigInt(start), offset + 24);
  at.writeBigUInt64LE(BigInt(size), offset + 32);
  at.writeUInt32LE(link, offset + 40);
}
