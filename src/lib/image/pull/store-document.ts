import type { CID } from 'multiformats/cid';
import { collect } from '../../base/async.js';
import type { Digest } from '../../base/digest.js';
import { MonoError } from '../../errors.js';
import type { BytesReader, BytesWriter, RawBlocks } from '../../store/ipld-store.js';
import { MAX_BLOCK_BYTES } from '../../store/limits.js';
import type { CatalogDocument } from '../catalog/catalog-records.js';

/** The largest document that is read back in `bytes`: what the registry client accepts. */
const MAX_DOCUMENT_BYTES = 4 * 1024 * 1024;

/**
 * Stores a manifest, index or configuration as it came. As a raw block its CID carries the very
 * hash of its digest; only a document larger than a block is stored in chunks.
 */
export async function storeDocument(
  store: RawBlocks & BytesWriter,
  document: { readonly digest: Digest; readonly bytes: Uint8Array },
): Promise<CatalogDocument> {
  const { digest, bytes } = document;
  if (bytes.length <= MAX_BLOCK_BYTES) return { digest, cid: await store.putRawBlock(bytes) };
  return { digest, cid: (await store.putBytes([bytes])).cid };
}

/** Returns the bytes of a document that {@link storeDocument} stored. */
export async function readDocument(store: BytesReader, cid: CID): Promise<Uint8Array> {
  return collect(store.getBytes(cid), {
    limitBytes: MAX_DOCUMENT_BYTES,
    tooLarge: () =>
      new MonoError('STORE_NODE_INVALID', `Cannot read document \`${cid.toString()}\`: too large`),
  });
}
