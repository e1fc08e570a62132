import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from '../../support/fast-check.js';
import { describe, expect, it } from 'vitest';
import { isMonoError } from '../../../src/lib/errors.js';
import { bootableKernel } from '../../../src/lib/vm/kernel/bootable-kernel.js';
import { parseKernelLibrary } from '../../../src/lib/vm/kernel/parse-kernel-library.js';
import { failureOf } from '../../support/failure.js';
import {
  ENTRY_ADDRESS,
  kernelLibrary,
  kernelWithNote,
  LOAD_ADDRESS,
  PVH_ADDRESS,
  storeCode,
} from '../support/kernel-library.js';

const KERNEL_BYTES = 8192;

const badLibraries = [
  { name: 'no bytes', library: Buffer.alloc(0), reason: 'ELF' },
  { name: 'text', library: Buffer.alloc(200, 'text'), reason: 'ELF' },
  {
    name: 'a 32-bit ELF file',
    library: Buffer.concat([Buffer.from('\x7fELF\x01\x01\x01', 'latin1'), Buffer.alloc(100)]),
    reason: 'ELF',
  },
  {
    name: 'an ELF file without symbols',
    library: Buffer.concat([Buffer.from('\x7fELF\x02\x01\x01', 'latin1'), Buffer.alloc(100)]),
    reason: 'no dynamic symbols',
  },
  {
    name: 'another library',
    library: kernelLibrary({ bundleName: 'SOMETHING_ELSE' }),
    reason: 'KERNEL_BUNDLE',
  },
  {
    name: 'a library cut in half',
    library: kernelLibrary().subarray(0, 4000),
    reason: 'cut short',
  },
  {
    name: 'unknown code',
    library: kernelLibrary({ code: Buffer.alloc(40, 0x90) }),
    reason: 'unknown form',
  },
  {
    name: 'code of any length',
    library: kernelLibrary({ code: Buffer.alloc(600) }),
    reason: 'too long',
  },
  {
    name: "a size that is not the bundle's",
    library: kernelLibrary({
      code: storeCode([
        [7, LOAD_ADDRESS],
        [6, ENTRY_ADDRESS],
        [2, 4096],
      ]),
    }),
    reason: 'unknown form',
  },
  {
    name: 'an entry outside the kernel',
    library: kernelLibrary({
      code: storeCode([
        [7, LOAD_ADDRESS],
        [6, 0x0200_0000],
        [2, KERNEL_BYTES],
      ]),
    }),
    reason: 'outside',
  },
  {
    name: 'a kernel without a PVH entry',
    library: kernelLibrary({ kernel: new Uint8Array(KERNEL_BYTES) }),
    reason: 'PVH',
  },
  {
    name: 'a PVH entry outside the kernel',
    library: kernelLibrary({ kernel: kernelWithNote(KERNEL_BYTES, 0x2000) }),
    reason: 'outside',
  },
];

describe('parseKernelLibrary()', () => {
  it('finds the kernel and its addresses in code without optimisation', () => {
    const kernel = parseKernelLibrary(new Uint8Array(kernelLibrary()));

    expect(kernel).toEqual({
      image: kernelWithNote(KERNEL_BYTES),
      loadAddress: LOAD_ADDRESS,
      entryAddress: ENTRY_ADDRESS,
      pvhEntryAddress: PVH_ADDRESS,
    });
  });

  it('finds them in optimised code, whatever the order', () => {
    const code = storeCode([
      [2, KERNEL_BYTES],
      [6, ENTRY_ADDRESS],
      [7, LOAD_ADDRESS],
    ]);

    const kernel = parseKernelLibrary(kernelLibrary({ code }));

    expect([kernel.loadAddress, kernel.entryAddress]).toEqual([LOAD_ADDRESS, ENTRY_ADDRESS]);
  });

  it('finds the kernel of the library that mono fetches', () => {
    const path = join(import.meta.dirname, '../../../build/kernel/libkrunfw.so.5');

    const kernel = parseKernelLibrary(readFileSync(path));

    expect({ ...kernel, image: kernel.image.length }).toEqual({
      image: 0x149_0000,
      loadAddress: 0x100_0000,
      entryAddress: 0x100_0123,
      pvhEntryAddress: 0x100_0000,
    });
  });

  it.each(badLibraries)('refuses $name', ({ library, reason }) => {
    const error = failureOf(() => parseKernelLibrary(library));

    expect(error.code).toBe('VM_KERNEL_INVALID');
    expect(error.message).toContain(reason);
  });

  it('throws nothing but VM_KERNEL_INVALID for a library with changed bytes', () => {
    const library = kernelLibrary();
    // The kernel itself, zeros in the middle, is not parsed; the rest is.
    const parsed = [
      ...Array(150).keys(),
      ...Array.from({ length: 400 }, (_, i) => library.length - 1 - i),
    ];
    const change = fc.record({
      at: fc.constantFrom(...parsed),
      to: fc.integer({ min: 0, max: 255 }),
    });

    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const damaged = Buffer.from(library);
        for (const { at, to } of changes) damaged[at] = to;
        try {
          const kernel = parseKernelLibrary(damaged);
          // Sizes that agree with each other are a kernel of another size; it must hold what it names.
          const { image, loadAddress, entryAddress, pvhEntryAddress } = kernel;
          expect(image.buffer).toBe(damaged.buffer);
          expect(image.byteOffset).toBeGreaterThanOrEqual(damaged.byteOffset);
          expect(image.byteOffset + image.length).toBeLessThanOrEqual(
            damaged.byteOffset + damaged.length,
          );
          for (const address of [entryAddress, pvhEntryAddress]) {
            expect(address).toBeGreaterThanOrEqual(loadAddress);
            expect(address).toBeLessThan(loadAddress + image.length);
          }
        } catch (error) {
          if (!isMonoError(error, 'VM_KERNEL_INVALID')) throw error;
        }
      }),
      { numRuns: 3000 },
    );
  });
});

describe('bootableKernel()', () => {
  it('writes an ELF file with one segment and a PVH note', () => {
    const [head, image] = bootableKernel(parseKernelLibrary(kernelLibrary()));
    const file = Buffer.from(head!);

    expect(file).toHaveLength(4096);
    expect(image).toHaveLength(KERNEL_BYTES);
    expect(file.readBigUInt64LE(24)).toBe(BigInt(ENTRY_ADDRESS));
    expect([8, 24, 32, 40].map((at) => file.readBigUInt64LE(64 + at))).toEqual(
      [4096, LOAD_ADDRESS, KERNEL_BYTES, KERNEL_BYTES].map(BigInt),
    );
    expect(file.subarray(176, 200).toString('hex')).toBe(
      '040000000800000012000000' + '58656e00' + '0002000100000000',
    );
  });
});
