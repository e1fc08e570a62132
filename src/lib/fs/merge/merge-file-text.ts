import { collect } from '../../base/async.js';
import { MonoError } from '../../errors.js';
import type { BytesReader, BytesWriter } from '../../store/ipld-store.js';
import type { FileEntry, TreeEntry } from '../entry.js';
import type { TextMerge } from './merge-text.js';
import { MAX_TEXT_BYTES, mergeText } from './merge-text.js';
import type { Sides } from './merge-values.js';

/** Content that text can be read from and written to. */
export type TextStore = BytesReader & Pick<BytesWriter, 'putBytes'>;

/** Two files whose contents were merged line by line. */
export interface MergedFileText extends TextMerge {
  /** what is stored of the text; `undefined` when it has markers */
  readonly stored: Pick<FileEntry, 'content' | 'sizeBytes'> | undefined;
}

/**
 * Merges the contents of two files, and stores the outcome if it has no markers. A base that is no
 * file counts as an empty one. Returns `undefined` for what is not merged as text.
 *
 * @throws {MonoError} as `getBytes` and `putBytes`
 */
export async function mergeFileText(
  store: TextStore,
  { base, ours, theirs }: Sides<TreeEntry>,
): Promise<MergedFileText | undefined> {
  if (ours?.kind !== 'file' || theirs?.kind !== 'file') return undefined;
  if (![base, ours, theirs].every(isSmall)) return undefined;
  const merged = mergeText({
    base: await bytesOf(store, base),
    ours: await bytesOf(store, ours),
    theirs: await bytesOf(store, theirs),
  });
  if (merged === undefined) return undefined;
  if (merged.conflictCount > 0) return { ...merged, stored: undefined };
  const { cid, sizeBytes } = await store.putBytes([merged.bytes]);
  return { ...merged, stored: { content: cid, sizeBytes } };
}

function isSmall(entry: TreeEntry | undefined): boolean {
  return entry?.kind !== 'file' || entry.sizeBytes <= MAX_TEXT_BYTES;
}

async function bytesOf(store: BytesReader, entry: TreeEntry | undefined): Promise<Uint8Array> {
  if (entry?.kind !== 'file') return new Uint8Array();
  const { content } = entry;
  return collect(store.getBytes(content), {
    limitBytes: MAX_TEXT_BYTES,
    tooLarge: () =>
      new MonoError(
        'STORE_NODE_INVALID',
        `Cannot read \`${content.toString()}\`: it is larger than its file says`,
        { details: { cid: content.toString() } },
      ),
  });
}
