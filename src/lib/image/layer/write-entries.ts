import { throwIfAborted } from '../../base/async.js';
import { tarFault } from '../tar/layer-fault.js';
import type { TarEntry } from '../tar/tar-entry.js';
import { EntryBatch, type EntryTarget } from './entry-batch.js';

/** The most entries of a layer. The largest layers known have some hundred thousand. */
export const MAX_LAYER_ENTRIES = 4_000_000;

/**
 * Puts the entries of an archive, in runs as `readTarRuns` gives them, into a change set, and their
 * contents into the store. Returns how many there are. Of several failures the one that concerns the first entry is thrown.
 *
 * @throws {LayerFault} `LAYER_UNSAFE_PATH`, `LAYER_INVALID`
 * @throws {MonoError} `CANCELLED`; whatever `runs` and the store throw, and `FS_*` where the
 *   change set cannot hold an entry
 */
export async function writeEntries(
  target: EntryTarget,
  runs: AsyncIterable<Iterable<TarEntry>>,
  options: { readonly signal?: AbortSignal | undefined },
): Promise<number> {
  const batch = new EntryBatch(target);
  let entryCount = 0;
  try {
    for await (const run of runs) {
      for (const entry of run) {
        throwIfAborted(options.signal);
        entryCount += 1;
        if (entryCount > MAX_LAYER_ENTRIES) {
          throw tarFault(`it has more than ${MAX_LAYER_ENTRIES} entries`);
        }
        const taken = batch.add(entry);
        if (taken) await taken;
      }
    }
  } catch (error) {
    // Entries before the one at fault may wait yet, and may be at fault themselves.
    await batch.finish();
    throw error;
  }
  await batch.finish();
  return entryCount;
}
