/*
 * One download for one digest, however many processes want it (docs/design/0009-shared-downloads.md).
 *
 * Who holds the lock of a digest downloads it; the others wait and then find what it became. The
 * bytes stream on to their user at once; beside that they are appended to a partial file, so that
 * whoever gets the lock after a killed process asks for the rest only. The file goes as soon as the
 * blob has been used.
 */
import type { ByteSource } from '../../../base/bytes.js';
import { isMonoError } from '../../../errors.js';
import type { Descriptor } from '../../../registry/manifest/descriptor.js';
import { openPartialFile, type PartialFile } from './partial-file.js';
import { sweepPartialFiles } from './partial-files.js';
import { withSlot } from './download-slots.js';

/** A blob that is wanted, and what is to become of it. */
export interface BlobTask<T> {
  readonly descriptor: Descriptor;
  readonly signal?: AbortSignal | undefined;
  /** Returns what the blob has become already, by anybody's work. */
  find(): Promise<T | undefined>;
  /** Opens the blob: whole and verified, of which `prefix` need not be fetched. */
  fetch(prefix: ByteSource | undefined): ByteSource;
  /** Reads the blob and returns what it became, durable. */
  use(blob: ByteSource): Promise<T>;
  /** Lets `find` find it. The last step: after it nothing of the download is left. */
  record(value: T): void;
}

/** What came of a {@link BlobTask}. */
export interface BlobOutcome<T> {
  readonly value: T;
  /** whether another one's work was found, so that nothing was fetched */
  readonly isShared: boolean;
}

/** Downloads that processes share. */
export interface SharedDownloads {
  /** Does `task`, or waits for another one who is doing it. */
  run<T>(task: BlobTask<T>): Promise<BlobOutcome<T>>;
}

/** Smaller blobs are fetched again rather than kept, in bytes: asking for the rest takes as long. */
export const MIN_KEPT_BYTES = 2 * 1024 * 1024;

/** The largest blob that is kept while it comes in, in bytes; no known layer is larger. */
export const MAX_KEPT_BLOB_BYTES = 32 * 1024 ** 3;

/** Shares nothing: every task is done at once. For one process with a store of its own. */
export const UNSHARED_DOWNLOADS: SharedDownloads = {
  run: async (task) => ({ value: await runAlone(task), isShared: false }),
};

/**
 * Returns the downloads that all processes with `directory` share. What cannot be kept there (no
 * space, no right to write) is downloaded all the same.
 */
export function sharedDownloads(directory: string): SharedDownloads {
  let swept: Promise<void> | undefined;
  return {
    async run(task) {
      const { digest, sizeBytes } = task.descriptor;
      swept ??= sweepPartialFiles(directory);
      await swept;
      return withSlot({ directory, digest, signal: task.signal }, async (isHeld) => {
        const value = await task.find();
        if (value !== undefined) return { value, isShared: true };
        const isKept = isHeld && sizeBytes >= MIN_KEPT_BYTES && sizeBytes <= MAX_KEPT_BLOB_BYTES;
        const partial = isKept
          ? await openPartialFile({ directory, digest, sizeBytes })
          : undefined;
        return { value: await (partial ? resume(task, partial) : runAlone(task)), isShared: false };
      });
    },
  };
}

async function runAlone<T>(task: BlobTask<T>): Promise<T> {
  const value = await task.use(task.fetch(undefined));
  task.record(value);
  return value;
}

/** A file that a crash of the machine has spoilt is noticed by the digest, and done without. */
async function resume<T>(task: BlobTask<T>, partial: PartialFile): Promise<T> {
  const { keptBytes } = partial;
  try {
    const prefix = keptBytes > 0 ? partial.read() : undefined;
    const value = await task.use(partial.keep(task.fetch(prefix)));
    await partial.remove();
    task.record(value);
    return value;
  } catch (error) {
    if (isWorthKeeping(error)) await partial.close();
    else await partial.remove();
    if (keptBytes === 0 || !isWrongContent(error)) throw error;
  }
  return runAlone(task);
}

/** After these the same bytes are wanted again. */
function isWorthKeeping(error: unknown): boolean {
  return (
    isMonoError(error, 'CANCELLED') || (isMonoError(error) && error.code.startsWith('REGISTRY_'))
  );
}

function isWrongContent(error: unknown): boolean {
  return isMonoError(error, 'BLOB_DIGEST_MISMATCH') || isMonoError(error, 'BLOB_SIZE_MISMATCH');
}
