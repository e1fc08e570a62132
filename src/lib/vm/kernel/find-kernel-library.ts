import { MonoError } from '../../errors.js';
import { findLibrary, type LibraryPlaces } from '../find-library.js';

/** The name under which libkrunfw of the supported generation is installed. */
export const KERNEL_LIBRARY_NAME = 'libkrunfw.so.5';

/**
 * Returns the path of the kernel library.
 *
 * @throws {MonoError} `VM_KERNEL_MISSING` when there is none
 */
export async function findKernelLibrary(places: LibraryPlaces): Promise<string> {
  const { path, searched } = await findLibrary(KERNEL_LIBRARY_NAME, places);
  if (path !== undefined) return path;
  throw new MonoError('VM_KERNEL_MISSING', `Cannot find the guest kernel ${KERNEL_LIBRARY_NAME}`, {
    details: { searched },
    hint: 'Run `scripts/fetch-kernel`, or install the package libkrunfw of your distribution.',
  });
}
