import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The state of a stream, held by the addon and freed with this handle. */
export interface NativeHandle {
  readonly __brand: 'NativeHandle';
}

/** How far a gzip stream is: it may end here, it goes on, or it is damaged. */
export type GunzipMark = 1 | 0 | -1;

/**
 * The functions of `native/ingest`. Those that return promises work in the thread pool; nobody may
 * change the arrays, or use the same handle again, before they settle.
 */
export interface IngestAddon {
  createGunzip(): NativeHandle;
  /**
   * Inflates from `inputs` to `output` until one of them is used up, and adds what it writes to
   * `hash`. Resolves to the bytes taken, the bytes written and the mark.
   */
  gunzip(
    handle: NativeHandle,
    inputs: readonly Uint8Array[],
    output: Uint8Array,
    hash: NativeHandle | undefined,
  ): Promise<readonly [takenBytes: number, writtenBytes: number, mark: GunzipMark]>;
  createHash(): NativeHandle;
  updateHash(handle: NativeHandle, pieces: readonly Uint8Array[]): Promise<void>;
  /** Writes the 32 bytes of the hash to `digest`. */
  finishHash(handle: NativeHandle, digest: Uint8Array): void;
  /** Writes the hash of each content, 32 bytes one behind the other, to `digests`. */
  hashEach(contents: readonly Uint8Array[], digests: Uint8Array): Promise<void>;
  /**
   * Continues the gear hash in `state[0]` by the table behind it. Returns the index behind the first
   * byte of `piece[from…to-1]` after which it has no bit of `mask`, or -1.
   */
  gearScan(state: Int32Array, piece: Uint8Array, from: number, to: number, mask: number): number;
}

/** Where `scripts/build-native` puts the addon, from the directory of the package. */
const ADDON = 'build/native/mono-ingest.node';

/**
 * Returns the addon of the package that `directory` is in, by default this program's. `undefined`
 * where it was not built or cannot be loaded, as on another system: everything works without it,
 * slower.
 */
export function loadIngestAddon(directory: string = import.meta.dirname): IngestAddon | undefined {
  const path = findUpwards(directory);
  if (path === undefined) return undefined;
  try {
    return createRequire(import.meta.url)(path) as IngestAddon;
  } catch {
    return undefined;
  }
}

/** The sources and their bundle lie at different depths below the package. */
function findUpwards(start: string): string | undefined {
  for (let directory = start; ; directory = dirname(directory)) {
    const path = join(directory, ADDON);
    if (existsSync(path)) return path;
    if (existsSync(join(directory, 'package.json')) || directory === dirname(directory)) {
      return undefined;
    }
  }
}
