import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';

/** Where distributions and Homebrew put shared libraries, most local first. */
export const SYSTEM_LIBRARY_DIRECTORIES: readonly string[] = [
  '/usr/local/lib64',
  '/usr/local/lib',
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib64',
  '/usr/lib',
  '/opt/homebrew/lib',
];

/** Where to look for a shared library. */
export interface LibraryPlaces {
  /** the file that the user names; nothing else is then looked at */
  readonly explicit?: string | undefined;
  /** directories of the system; `SYSTEM_LIBRARY_DIRECTORIES` unless given */
  readonly system?: readonly string[];
  /** directories into which mono has fetched it */
  readonly fetched: readonly string[];
}

/** What a search has come to. */
export interface FoundLibrary {
  /** undefined when there is none */
  readonly path: string | undefined;
  /** where it was looked for, in order */
  readonly searched: readonly string[];
}

/**
 * Looks for a library: the explicit one, else the first called `name` in the system's directories,
 * else in those that mono fetched into.
 */
export async function findLibrary(name: string, places: LibraryPlaces): Promise<FoundLibrary> {
  const directories = [...(places.system ?? SYSTEM_LIBRARY_DIRECTORIES), ...places.fetched];
  const searched =
    places.explicit === undefined
      ? directories.map((directory) => join(directory, name))
      : [places.explicit];
  for (const path of searched) {
    if (await isReadable(path)) return { path, searched };
  }
  return { path: undefined, searched };
}

async function isReadable(path: string): Promise<boolean> {
  return access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
}
