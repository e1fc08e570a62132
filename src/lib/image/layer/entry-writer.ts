import type { CID } from 'multiformats/cid';
import { textOfByteString, type ByteString } from '../../base/bytes.js';
import { redact } from '../../base/redact.js';
import type { ChangeSetBuilder } from '../../fs/change-set/change-set-builder.js';
import type { Attributes, LeafEntry } from '../../fs/entry.js';
import type { BytesWriter } from '../../store/ipld-store.js';
import { tarFault } from '../tar/layer-fault.js';
import type { TarEntry } from '../tar/tar-entry.js';
import { parseLayerPath, parseLinkPath } from './layer-path.js';
import { meaningOfPath } from './whiteout.js';

/** Where the entries of a layer go. */
export interface LayerTarget {
  readonly store: BytesWriter;
  readonly changes: ChangeSetBuilder;
}

/**
 * Puts one entry of a layer into the change set, and its content into the store. Returns the root of
 * the content, if it has stored any.
 *
 * @throws {LayerFault} `LAYER_UNSAFE_PATH`, `LAYER_INVALID`
 * @throws {MonoError} whatever the store throws, and `FS_*` where the change set cannot hold it
 */
export async function writeEntry(target: LayerTarget, entry: TarEntry): Promise<CID | undefined> {
  const path = parseLayerPath(entry.name);
  const meaning = meaningOfPath(path);
  switch (meaning.type) {
    case 'ignored':
      return undefined;
    case 'tombstone':
      target.changes.setTombstone(meaning.path);
      return undefined;
    case 'opaque':
      target.changes.setOpaque(meaning.path);
      return undefined;
    case 'entry':
      return writeAt(target, path, entry);
  }
}

/** As {@link writeEntry}, for an archive that is no layer: no name has a meaning beyond itself. */
export async function writePlainEntry(
  target: LayerTarget,
  entry: TarEntry,
): Promise<CID | undefined> {
  return writeAt(target, parseLayerPath(entry.name), entry);
}

async function writeAt(
  target: LayerTarget,
  path: ByteString,
  entry: TarEntry,
): Promise<CID | undefined> {
  const { changes } = target;
  if (entry.kind === 'directory') {
    changes.setDirectory(path, attributesOf(entry));
    return undefined;
  }
  if (path === '') throw tarFault('the root is not a directory');
  if (entry.kind === 'hardLink') {
    changes.setHardLink(path, linkTarget(path, entry));
    return undefined;
  }
  const leaf = await leafOf(target.store, entry);
  changes.setEntry(path, leaf);
  return leaf.kind === 'file' ? leaf.content : undefined;
}

async function leafOf(store: BytesWriter, entry: TarEntry): Promise<LeafEntry> {
  const attributes = attributesOf(entry);
  switch (entry.kind) {
    case 'file': {
      const { cid, sizeBytes } = await store.putBytes(entry.content);
      return { kind: 'file', ...attributes, sizeBytes, content: cid };
    }
    case 'symlink':
      return { kind: 'symlink', ...attributes, target: entry.linkName };
    case 'characterDevice':
    case 'blockDevice':
      return {
        kind: entry.kind,
        ...attributes,
        major: entry.deviceMajor,
        minor: entry.deviceMinor,
      };
    case 'fifo':
      return { kind: 'fifo', ...attributes };
    case 'directory':
    case 'hardLink':
      throw new Error(`a ${entry.kind} is no leaf`);
  }
}

function linkTarget(path: ByteString, entry: TarEntry): ByteString {
  const target = parseLinkPath(entry.linkName);
  if (target === '') throw tarFault(`the hard link \`${shown(path)}\` leads to the root`);
  return target;
}

function attributesOf(entry: TarEntry): Attributes {
  const { mode, uid, gid, mtime, xattrs } = entry;
  return { mode: entry.kind === 'symlink' ? 0o777 : mode, uid, gid, mtime, xattrs };
}

function shown(path: ByteString): string {
  return redact(textOfByteString(path));
}
