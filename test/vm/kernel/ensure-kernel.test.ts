import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ensureKernel } from '../../../src/lib/vm/kernel/ensure-kernel.js';
import { findKernelLibrary } from '../../../src/lib/vm/kernel/find-kernel-library.js';
import { rejectionOf } from '../../support/failure.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';
import { kernelLibrary, kernelWithNote } from '../support/kernel-library.js';

const temporary = useTemporaryDirectory();

function library(name: string, bytes: Uint8Array = kernelLibrary()): string {
  const path = join(temporary(), name);
  writeFileSync(path, bytes);
  return path;
}

describe('ensureKernel()', () => {
  it('writes the kernel once and finds it again', async () => {
    const options = { library: library('a.so'), cacheDirectory: join(temporary(), 'cache') };

    const path = await ensureKernel(options);
    utimesSync(path, 1, 1);
    const again = await ensureKernel(options);

    expect(again).toBe(path);
    expect(statSync(path).mtimeMs).toBe(1000);
    expect(readFileSync(path).length).toBe(4096 + 8192);
  });

  it('gives equal libraries one kernel and other libraries another', async () => {
    const cacheDirectory = join(temporary(), 'cache');
    const other = kernelLibrary({ kernel: kernelWithNote(12_288) });

    const [a, b, c] = await Promise.all(
      [library('a.so'), library('b.so'), library('c.so', other)].map((path) =>
        ensureKernel({ library: path, cacheDirectory }),
      ),
    );

    expect(a).toBe(b);
    expect(c).not.toBe(a);
  });

  it('notices that a library was replaced', async () => {
    const cacheDirectory = join(temporary(), 'cache');
    const before = await ensureKernel({ library: library('a.so'), cacheDirectory });

    const replaced = library('a.so', kernelLibrary({ kernel: kernelWithNote(12_288) }));

    expect(await ensureKernel({ library: replaced, cacheDirectory })).not.toBe(before);
  });

  it('writes the kernel again where the cache has lost it', async () => {
    const options = { library: library('a.so'), cacheDirectory: join(temporary(), 'cache') };
    rmSync(await ensureKernel(options));

    expect(statSync(await ensureKernel(options)).size).toBe(4096 + 8192);
  });

  it('leaves nothing in the cache for a library that is none', async () => {
    const cacheDirectory = join(temporary(), 'cache');
    mkdirSync(join(cacheDirectory, 'kernels'), { recursive: true });

    const error = await rejectionOf(
      ensureKernel({ library: library('a.so', Buffer.from('no')), cacheDirectory }),
    );

    expect(error.code).toBe('VM_KERNEL_INVALID');
    expect(readdirSync(join(cacheDirectory, 'kernels'))).toEqual([]);
  });
});

describe('findKernelLibrary()', () => {
  function directoryWith(name: string): string {
    const directory = join(temporary(), name);
    mkdirSync(directory);
    writeFileSync(join(directory, 'libkrunfw.so.5'), '');
    return directory;
  }

  it('prefers the explicit file, then the system, then what was fetched', async () => {
    const system = [join(temporary(), 'empty'), directoryWith('system')];
    const fetched = [directoryWith('fetched')];
    const explicit = library('mine.so');

    expect(await findKernelLibrary({ explicit, system, fetched })).toBe(explicit);
    expect(await findKernelLibrary({ system, fetched })).toBe(join(system[1]!, 'libkrunfw.so.5'));
    expect(await findKernelLibrary({ system: [], fetched })).toBe(
      join(fetched[0]!, 'libkrunfw.so.5'),
    );
  });

  it('does not look elsewhere when the explicit file is missing', async () => {
    const explicit = join(temporary(), 'no.so');

    const error = await rejectionOf(
      findKernelLibrary({ explicit, system: [], fetched: [directoryWith('fetched')] }),
    );

    expect(error.code).toBe('VM_KERNEL_MISSING');
    expect(error.details['searched']).toEqual([explicit]);
  });

  it('says how to get one where there is none', async () => {
    const error = await rejectionOf(findKernelLibrary({ system: [], fetched: [temporary()] }));

    expect(error.code).toBe('VM_KERNEL_MISSING');
    expect(error.hint).toContain('scripts/fetch-kernel');
  });
});
