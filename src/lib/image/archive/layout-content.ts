/*
 * The OCI image layout, in a directory or an archive:
 *
 *   oci-layout           {"imageLayoutVersion":"1.0.0"}
 *   index.json           an index; its entries have names as annotations
 *   blobs/sha256/<hex>   everything else, by digest
 *
 * See OCI image-spec v1.1, image-layout.md.
 */
import { digestOf, type Digest } from '../../base/digest.js';
import { redact } from '../../base/redact.js';
import type { MonoError } from '../../errors.js';
import {
  isJsonObject,
  parseJsonObject,
  readDescriptor,
  type Descriptor,
} from '../../registry/manifest/descriptor.js';
import { MAX_INDEX_ENTRIES } from '../../registry/manifest/manifest.js';
import { archiveInvalid, notInArchive } from './archive-errors.js';
import { readSmallFile, type FileSet } from './file-set.js';
import type { ContentBlob, ImageContent } from './image-content.js';
import { documentBlob } from './made-manifest.js';

const INDEX_MEDIA_TYPE = 'application/vnd.oci.image.index.v1+json';
const REF_NAME = 'org.opencontainers.image.ref.name';

/** How many names a message lists. */
const MAX_NAMED = 10;

/**
 * Returns the content of an OCI image layout.
 *
 * @throws {MonoError} `ARCHIVE_INVALID`; as the files do
 */
export async function openLayout(files: FileSet): Promise<ImageContent> {
  await checkVersion(files);
  const bytes = await readSmallFile(files, 'index.json');
  if (!bytes) throw archiveInvalid(files.name, 'it has no `index.json`');
  const entries = readEntries(files.name, bytes);
  return {
    name: files.name,
    tags: entries.flatMap(({ refName }) => (refName === undefined ? [] : [refName])),
    find: (tag) => findEntry(entries, tag, { name: files.name, index: digestOf(bytes) }),
    open: (digest) => openBlob(files, digest, { entries, bytes }),
    close: () => files.close(),
  };
}

interface LayoutEntry extends Descriptor {
  readonly refName: string | undefined;
}

async function checkVersion(files: FileSet): Promise<void> {
  const bytes = await readSmallFile(files, 'oci-layout');
  if (!bytes) throw archiveInvalid(files.name, 'it has no `oci-layout`');
  const document = parseJsonObject(bytes, (reason) =>
    archiveInvalid(files.name, `\`oci-layout\` cannot be used: ${reason}`),
  );
  const version = document['imageLayoutVersion'];
  if (typeof version === 'string' && version.startsWith('1.')) return;
  throw archiveInvalid(files.name, 'the version of its layout is not 1');
}

function readEntries(name: string, bytes: Uint8Array): LayoutEntry[] {
  function refuse(reason: string): MonoError {
    return archiveInvalid(name, `\`index.json\` cannot be used: ${reason}`);
  }
  const list = parseJsonObject(bytes, refuse)['manifests'];
  if (!Array.isArray(list)) throw refuse('`manifests` is not a list');
  if (list.length > MAX_INDEX_ENTRIES)
    throw refuse(`it has more than ${MAX_INDEX_ENTRIES} entries`);
  return list.map((item: unknown, position) => {
    const descriptor = readDescriptor(item, `manifests[${position}]`, refuse);
    const annotations = isJsonObject(item) ? item['annotations'] : undefined;
    const refName = isJsonObject(annotations) ? annotations[REF_NAME] : undefined;
    return { ...descriptor, refName: typeof refName === 'string' ? refName : undefined };
  });
}

/** Without names, several entries are one image for several platforms: the index itself. */
function findEntry(
  entries: readonly LayoutEntry[],
  tag: string | undefined,
  layout: { readonly name: string; readonly index: Digest },
): Digest {
  const named = entries.filter(({ refName }) => refName === tag || endsWithTag(refName, tag));
  const [entry, ...others] = tag === undefined ? entries : named;
  if (!entry) throw notInArchive(layout.name, wantedOf(tag), namesHint(entries));
  if (others.every(({ digest }) => digest === entry.digest)) return entry.digest;
  if (tag === undefined && entries.every(({ refName }) => refName === undefined)) {
    return layout.index;
  }
  const state = tag === undefined ? 'one image among several' : `one image \`${redact(tag)}\``;
  throw notInArchive(layout.name, state, namesHint(entries));
}

/** Some writers put the whole reference into the name, most the tag alone. */
function endsWithTag(refName: string | undefined, tag: string | undefined): boolean {
  return tag !== undefined && refName?.endsWith(`:${tag}`) === true;
}

function wantedOf(tag: string | undefined): string {
  return tag === undefined ? 'an image' : `the image \`${redact(tag)}\``;
}

function namesHint(entries: readonly LayoutEntry[]): string | undefined {
  const names = entries.flatMap(({ refName }) => (refName === undefined ? [] : [refName]));
  const shown = names.slice(0, MAX_NAMED).map((name) => `\`${redact(name)}\``);
  return shown.length === 0 ? undefined : `It has ${shown.join(', ')}.`;
}

async function openBlob(
  files: FileSet,
  digest: Digest,
  index: { readonly entries: readonly LayoutEntry[]; readonly bytes: Uint8Array },
): Promise<ContentBlob | undefined> {
  const named = index.entries.find((entry) => entry.digest === digest);
  const file = await files.find(`blobs/sha256/${digest.slice('sha256:'.length)}`);
  if (file) return { ...file, mediaType: named?.mediaType };
  if (digestOf(index.bytes) !== digest) return undefined;
  return documentBlob({ bytes: index.bytes, digest, mediaType: INDEX_MEDIA_TYPE });
}
