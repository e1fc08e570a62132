/*
 * Which file of which image a path or a block belongs to: the chain from a lockfile over the image
 * and the layer that brought the file down to the chunks of its content.
 */
import type { CID } from 'multiformats/cid';
import { byteStringFromText, textOfByteString, type ByteString } from '../../base/bytes.js';
import { redact } from '../../base/redact.js';
import type { Digest } from '../../base/digest.js';
import type { ChangeEntry, TreeEntry } from '../../fs/entry.js';
import { readRoot } from '../../fs/node/root-node.js';
import { splitPath } from '../../fs/path.js';
import { readChangeDirectory } from '../../fs/tree/directory.js';
import { lookup } from '../../fs/tree/lookup.js';
import { walkTree } from '../../fs/tree/walk-tree.js';
import type { CatalogImage } from '../../image/catalog/catalog-records.js';
import type { ImageCatalog } from '../../image/catalog/image-catalog.js';
import { linksOf } from '../../store/block/links-of.js';
import type { BlockReader, NodeReader } from '../../store/ipld-store.js';

/** The most files of one image that a block is told to belong to. */
export const MAX_FILES_PER_IMAGE = 100;

/** A file of an image, and where its bytes are. */
export interface FoundContent {
  /** what was asked about is the file itself, its content as a whole, or a part of that */
  readonly role: 'path' | 'content' | 'chunk';
  /** absolute path in the image, safe to print */
  readonly path: string;
  readonly kind: TreeEntry['kind'];
  /** the layer that has brought it last; `null` when no layer says so */
  readonly layer: { readonly digest: Digest; readonly diffId: Digest } | null;
  /** CID of the content; `null` for anything but a file */
  readonly content: string | null;
  readonly sizeBytes: number | null;
  /** CIDs of the pieces that the content is kept in, in order */
  readonly chunks: readonly string[];
  /** position of the chunk that was asked about, from 1; `null` for anything else */
  readonly chunk: number | null;
}

/** What looking for content reads. */
export interface ContentPlaces {
  readonly store: NodeReader & BlockReader;
  readonly catalog: Pick<ImageCatalog, 'findLayer'>;
}

/**
 * Returns what the absolute path `path` is in `image`, if it is there. Symbolic links are not
 * followed.
 *
 * @throws {MonoError} `FS_PATH_INVALID`, and what reading the store throws
 */
export async function findPath(
  path: string,
  image: CatalogImage,
  places: ContentPlaces,
): Promise<FoundContent | undefined> {
  const inside = byteStringFromText(path.replace(/^\/+|\/+$/g, ''));
  const entry = await lookup(places.store, image.root, inside);
  return entry && describe({ role: 'path', path: inside, entry, image, chunk: null }, places);
}

/**
 * Yields the files of `image` whose content is the block `cid`, or has it as a piece.
 *
 * @throws {MonoError} what reading the store throws
 */
export async function findBlock(
  cid: CID,
  image: CatalogImage,
  places: ContentPlaces,
): Promise<FoundContent[]> {
  const found: FoundContent[] = [];
  for await (const { path, entry } of walkTree(places.store, image.root)) {
    if (found.length >= MAX_FILES_PER_IMAGE) break;
    if (entry.kind !== 'file') continue;
    const isContent = entry.content.equals(cid);
    const chunks = isContent ? [] : await chunksOf(entry.content, places.store);
    const position = chunks.indexOf(cid.toString());
    if (!isContent && position === -1) continue;
    const role = isContent ? ('content' as const) : ('chunk' as const);
    const chunk = isContent ? null : position + 1;
    found.push(await describe({ role, path, entry, image, chunk }, places));
  }
  return found;
}

interface Found extends Pick<FoundContent, 'role' | 'chunk'> {
  readonly path: ByteString;
  readonly entry: TreeEntry;
  readonly image: CatalogImage;
}

async function describe(found: Found, places: ContentPlaces): Promise<FoundContent> {
  const { role, path, entry, image, chunk } = found;
  const file = entry.kind === 'file' ? entry : undefined;
  return {
    role,
    path: `/${redact(textOfByteString(path))}`,
    kind: entry.kind,
    layer: await layerOf(path, image, places),
    content: file?.content.toString() ?? null,
    sizeBytes: file?.sizeBytes ?? null,
    chunks: file ? await chunksOf(file.content, places.store) : [],
    chunk,
  };
}

/** The uppermost layer that says anything of the path has the last word. */
async function layerOf(
  path: ByteString,
  image: CatalogImage,
  { store, catalog }: ContentPlaces,
): Promise<FoundContent['layer']> {
  for (const { digest, diffId } of [...image.layers].reverse()) {
    const layer = await catalog.findLayer(diffId);
    if (layer && (await isIn(store, layer.changeSet, splitPath(path)))) return { digest, diffId };
  }
  return null;
}

async function isIn(
  store: NodeReader,
  changeSet: CID,
  names: readonly ByteString[],
): Promise<boolean> {
  let entry: ChangeEntry | undefined = (await readRoot(store, changeSet)).directory;
  for (const name of names) {
    if (entry.kind !== 'directory' && entry.kind !== 'overlayDirectory') return false;
    const children: readonly { name: ByteString; entry: ChangeEntry }[] = await readChangeDirectory(
      store,
      entry,
    );
    entry = children.find((child) => child.name === name)?.entry;
    if (!entry) return false;
  }
  return entry.kind !== 'overlayDirectory' || entry.attributes !== undefined;
}

/** Returns the CIDs of the raw blocks below a content's root, in order. */
async function chunksOf(content: CID, store: BlockReader): Promise<string[]> {
  const chunks: string[] = [];
  const pending = [content];
  for (let cid = pending.pop(); cid; cid = pending.pop()) {
    if (cid.code === RAW_CODEC) chunks.push(cid.toString());
    else pending.push(...linksOf(cid, await store.getBlock(cid)).reverse());
  }
  return chunks;
}

const RAW_CODEC = 0x55;
