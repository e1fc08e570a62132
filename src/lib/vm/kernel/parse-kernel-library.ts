/*
 * Takes the guest kernel out of libkrunfw.so without running it.
 *
 * The library holds the kernel's memory image as the object KERNEL_BUNDLE and a function
 *
 *   char *krunfw_get_kernel(size_t *load_addr, size_t *entry_addr, size_t *size)
 *
 * which stores three constants. Compilers write each as `movq $imm32, (reg)`, so the constants are
 * read from its code; which is which follows from their values, not from registers or order.
 * The image carries a PVH note (owner "Xen", type 18), the address where a 32-bit loader enters it.
 */
import { ElfView, invalidKernel } from './elf-view.js';

/** The guest kernel as a loader needs it. */
export interface KernelImage {
  /** what belongs at `loadAddress`; borrowed from the library's bytes */
  readonly image: Uint8Array;
  /** physical address of the first byte */
  readonly loadAddress: number;
  /** physical address where a 64-bit loader enters (Linux boot protocol) */
  readonly entryAddress: number;
  /** physical address where a PVH loader enters, in 32-bit mode */
  readonly pvhEntryAddress: number;
}

/** The function is 58 bytes long without optimisation. */
const MAX_CODE_BYTES = 512;
const XEN_NOTE_PVH_ENTRY = 18;
/** A kernel above 4 GiB cannot be entered in 32-bit mode. */
const ADDRESS_LIMIT = 2 ** 32;

/**
 * Returns the kernel in the bytes of a libkrunfw shared library.
 *
 * @throws {MonoError} `VM_KERNEL_INVALID` when the library is not of the known form
 */
export function parseKernelLibrary(library: Uint8Array): KernelImage {
  const elf = new ElfView(library);
  const symbols = elf.symbols(['KERNEL_BUNDLE', 'krunfw_get_kernel']);
  const bundle = elf.contentOf(symbols.KERNEL_BUNDLE);
  const constants = storedConstants(elf.contentOf(symbols.krunfw_get_kernel));
  // The bundle is a C string literal: one NUL byte longer than the kernel.
  const sizeBytes = constants.find(
    (value) => value === bundle.length - 1 || value === bundle.length,
  );
  const addresses = constants.filter((value) => value !== sizeBytes).sort((a, b) => a - b);
  const [loadAddress, entryAddress] = addresses;
  if (sizeBytes === undefined || loadAddress === undefined || entryAddress === undefined) {
    throw invalidKernel('its krunfw_get_kernel has an unknown form');
  }
  const end = loadAddress + sizeBytes;
  const image = bundle.subarray(0, sizeBytes);
  const pvhEntryAddress = pvhEntry(image);
  if (end > ADDRESS_LIMIT || !within(entryAddress) || !within(pvhEntryAddress)) {
    throw invalidKernel('its entry addresses lie outside the kernel');
  }
  return { image, loadAddress, entryAddress, pvhEntryAddress };

  function within(address: number): boolean {
    return loadAddress !== undefined && address >= loadAddress && address < end;
  }
}

/** `REX.W C7 /0 imm32` with a plain register as the address: `48 C7 (00|01|02|03|06|07) imm32`. */
function storedConstants(code: Uint8Array): number[] {
  if (code.length > MAX_CODE_BYTES) throw invalidKernel('its krunfw_get_kernel is too long');
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength);
  const constants: number[] = [];
  for (let at = 0; at + 7 <= code.length; at++) {
    const operand = code[at + 2] ?? 0xff;
    const isStore = code[at] === 0x48 && code[at + 1] === 0xc7 && operand < 8;
    if (!isStore || operand === 4 || operand === 5) continue;
    constants.push(view.getUint32(at + 3, true));
    at += 6;
  }
  if (constants.length !== 3) throw invalidKernel('its krunfw_get_kernel has an unknown form');
  return constants;
}

function pvhEntry(image: Uint8Array): number {
  const bytes = Buffer.from(image.buffer, image.byteOffset, image.byteLength);
  const header = Buffer.alloc(16);
  header.writeUInt32LE(4, 0);
  header.writeUInt32LE(XEN_NOTE_PVH_ENTRY, 8);
  header.write('Xen\0', 12, 'latin1');
  for (const descriptorBytes of [8, 4]) {
    header.writeUInt32LE(descriptorBytes, 4);
    const at = bytes.indexOf(header);
    if (at < 0 || at + header.length + descriptorBytes > bytes.length) continue;
    if (descriptorBytes === 4) return bytes.readUInt32LE(at + header.length);
    const address = bytes.readBigUInt64LE(at + header.length);
    if (address < BigInt(ADDRESS_LIMIT)) return Number(address);
  }
  throw invalidKernel('it has no PVH entry');
}
