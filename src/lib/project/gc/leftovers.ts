import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TEMPORARY_PREFIX } from '../../io/atomic-file.js';

/** A file that nobody goes on with. */
export interface Leftover {
  readonly path: string;
  /** space it takes on disk in `bytes` */
  readonly diskBytes: number;
}

/** Finds and removes files of commands that did not come to their end. */
export interface Leftovers {
  /** Returns those that nobody has written to since `before`, in `ms` since 1970. */
  list(before: number): Promise<readonly Leftover[]>;
  /** Removes them; returns the space that was freed in `bytes`. */
  remove(leftovers: readonly Leftover[]): Promise<number>;
}

/** Where leftovers are looked for. */
export interface LeftoverPlaces {
  /** directories in which files are written beside their final place */
  readonly written: readonly string[];
  /** directory of downloads, each of which can be gone on with */
  readonly downloads: string;
}

/** Returns what finds the leftovers in these places, which need not exist. */
export function leftoversIn({ written, downloads }: LeftoverPlaces): Leftovers {
  return {
    async list(before) {
      const found = await Promise.all([
        ...written.map((directory) => filesIn(directory, isTemporary, before)),
        filesIn(downloads, () => true, before),
      ]);
      return found.flat();
    },
    async remove(leftovers) {
      for (const { path } of leftovers) await rm(path, { recursive: true, force: true });
      return leftovers.reduce((sum, { diskBytes }) => sum + diskBytes, 0);
    },
  };
}

function isTemporary(name: string): boolean {
  return name.startsWith(TEMPORARY_PREFIX);
}

async function filesIn(
  directory: string,
  isWanted: (name: string) => boolean,
  before: number,
): Promise<Leftover[]> {
  const names = await readdir(directory).catch(() => []);
  const found: Leftover[] = [];
  for (const name of names.filter(isWanted)) {
    const path = join(directory, name);
    const info = await stat(path).catch(() => undefined);
    if (info && info.mtimeMs < before) found.push({ path, diskBytes: info.blocks * 512 });
  }
  return found;
}
