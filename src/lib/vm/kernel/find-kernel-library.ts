import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { MonoError } from '../../errors.js';

/** The name under which libkrunfw of the supported generation is installed. */
export const KERNEL_LIBRARY_NAME = 'libkrunfw.so.5';

/** Where distributions and Homebrew put shared libraries, most local first. */
export const SYSTEM_LIBRARY_DIRECTORIES: readonly string[] = [
  '/usr/local/lib64',
  '/usr/local/lib',
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib64',
  '/usr/lib',
  '/opt/homebrew/lib',
];

/** Where to look for the kernel library. */
export interface KernelLibraryPlaces {
  /** the file that the user names; nothing else is then looked at */
  readonly explicit?: string | undefined;
  /** directories of the system; `SYSTEM_LIBRARY_DIRECTORIES` unless given */
  readonly system?: readonly string[];
  /** directories into which mono has fetched it */
  readonly fetched: readonly string[];
}

/**
 * Returns the path of the kernel library: the explicit one, else the first that exists in the
 * system's directories, else in those that mono fetched into.
 *
 * @throws {MonoError} `VM_KERNEL_MISSING` when there is none
 */
export async function findKernelLibrary(places: KernelLibraryPlaces): Promise<string> {
  if (places.explicit !== undefined) {
    if (await isReadable(places.explicit)) return places.explicit;
    throw missing([places.explicit]);
  }
  const directories = [...(places.system ?? SYSTEM_LIBRARY_DIRECTORIES), ...places.fetched];
  const candidates = directories.map((directory) => join(directory, KERNEL_LIBRARY_NAME));
  for (const candidate of candidates) {
    if (await isReadable(candidate)) return candidate;
  }
  throw missing(candidates);
}

async function isReadable(path: string): Promise<boolean> {
  return access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
}

function missing(candidates: readonly string[]): MonoError {
  return new MonoError('VM_KERNEL_MISSING', `Cannot find the guest kernel ${KERNEL_LIBRARY_NAME}`, {
    details: { searched: candidates },
    hint: 'Run `scripts/fetch-kernel`, or install the package libkrunfw of your distribution.',
  });
}
