/*
 * The upper directory of a kernel overlayfs, as a tar archive of the files that it consists of:
 * character devices 0:0 delete, `trusted.overlay.opaque` hides what is below. A guest writes such
 * archives, so nothing in one is trusted.
 */
import type { CID } from 'multiformats/cid';
import { throwIfAborted } from '../../base/async.js';
import type { ByteSource, ByteString } from '../../base/bytes.js';
import { importUpper } from '../../fs/upper/import-upper.js';
import type { UpperEntry } from '../../fs/upper/upper-entry.js';
import type { ContentStore } from '../../store/ipld-store.js';
import { attributesOf, leafOf, placementOf } from '../layer/entry-writer.js';
import { parseLinkPath } from '../layer/layer-path.js';
import { MAX_LAYER_ENTRIES } from '../layer/write-entries.js';
import { tarFault } from '../tar/layer-fault.js';
import { readTar } from '../tar/read-tar.js';
import type { TarEntry } from '../tar/tar-entry.js';
import { importFault } from './import-fault.js';

/** The largest archive in `bytes`: sixteen disks for writes; stops a sparse file without end. */
export const MAX_UPPER_BYTES = 256 * 1024 ** 3;

/** Options of {@link importUpperTar}. */
export interface ImportUpperTarOptions {
  /** root of the complete tree that the overlay was mounted over */
  readonly base: CID;
  /** most that the archive may have, in `bytes`; {@link MAX_UPPER_BYTES} unless given */
  readonly limitBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Stores an upper directory that comes as a tar archive, and returns the root of the change set that
 * it is. Names and sizes are checked as those of a layer are.
 *
 * @throws {MonoError} `LAYER_INVALID`, `LAYER_UNSAFE_PATH`, `CANCELLED`; whatever `archive` and the
 *   store throw
 */
export async function importUpperTar(
  store: ContentStore,
  archive: AsyncIterable<Uint8Array>,
  options: ImportUpperTarOptions,
): Promise<CID> {
  try {
    const bytes = limited(archive, options.limitBytes ?? MAX_UPPER_BYTES);
    return await importUpper(store, upperEntries(store, bytes, options.signal), options);
  } catch (error) {
    throw importFault(error);
  }
}

async function* limited(
  archive: AsyncIterable<Uint8Array>,
  limitBytes: number,
): AsyncGenerator<Uint8Array, void> {
  let sizeBytes = 0;
  for await (const piece of archive) {
    sizeBytes += piece.length;
    if (sizeBytes > limitBytes) throw tarFault(`it has more than ${limitBytes} bytes`);
    yield piece;
  }
}

async function* upperEntries(
  store: ContentStore,
  archive: ByteSource,
  signal: AbortSignal | undefined,
): AsyncGenerator<UpperEntry, void> {
  const whiteouts = new Map<ByteString, TarEntry>();
  let entryCount = 0;
  for await (const entry of readTar(archive)) {
    throwIfAborted(signal);
    entryCount += 1;
    if (entryCount > MAX_LAYER_ENTRIES) {
      throw tarFault(`it has more than ${MAX_LAYER_ENTRIES} entries`);
    }
    yield await upperEntry(store, entry, whiteouts);
  }
}

/** All whiteouts of a mount may be one file with many names, so a link to one is one too. */
async function upperEntry(
  store: ContentStore,
  entry: TarEntry,
  whiteouts: Map<ByteString, TarEntry>,
): Promise<UpperEntry> {
  const { path } = placementOf(entry, 'plain');
  if (entry.kind === 'directory') {
    return { path, entry: { kind: 'directory', ...attributesOf(entry) } };
  }
  if (entry.kind === 'hardLink') {
    const linkTarget = parseLinkPath(entry.linkName);
    const whiteout = whiteouts.get(linkTarget);
    if (whiteout) return { path, entry: leafOf(whiteout, undefined) };
    return { path, entry: { kind: 'fifo', ...attributesOf(entry) }, linkTarget };
  }
  const { kind, deviceMajor, deviceMinor } = entry;
  if (kind === 'characterDevice' && deviceMajor === 0 && deviceMinor === 0) {
    whiteouts.set(path, entry);
  }
  const content = kind === 'file' ? await store.putBytes(entry.content) : undefined;
  return { path, entry: leafOf(entry, content) };
}
