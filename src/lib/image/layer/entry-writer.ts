import { textOfByteString, type ByteString } from '../../base/bytes.js';
import { redact } from '../../base/redact.js';
import { invariant } from '../../errors.js';
import type { ChangeSetBuilder } from '../../fs/change-set/change-set-builder.js';
import type { Attributes, LeafEntry } from '../../fs/entry.js';
import type { StoredBytes } from '../../store/ipld-store.js';
import { tarFault } from '../tar/layer-fault.js';
import type { TarEntry } from '../tar/tar-entry.js';
import { parseLayerPath, parseLinkPath } from './layer-path.js';
import { meaningOfPath, type PathMeaning } from './whiteout.js';

/** What the names of an archive mean: those of a layer may delete, all others stand for themselves. */
export type NameMeaning = 'layer' | 'plain';

/** What an entry asks for, and where. */
export interface Placement {
  readonly path: ByteString;
  readonly meaning: PathMeaning;
}

const ENTRY: PathMeaning = { type: 'entry' };

/**
 * Returns what `entry` asks for.
 *
 * @throws {LayerFault} `LAYER_UNSAFE_PATH`, `LAYER_INVALID`
 */
export function placementOf(entry: TarEntry, names: NameMeaning): Placement {
  const path = parseLayerPath(entry.name);
  const meaning = names === 'layer' ? meaningOfPath(path) : ENTRY;
  if (meaning.type === 'entry' && path === '' && entry.kind !== 'directory') {
    throw tarFault('the root is not a directory');
  }
  return { path, meaning };
}

/** Returns whether the change set will link to the content of an entry. */
export function isFile(entry: TarEntry, { meaning }: Placement): boolean {
  return entry.kind === 'file' && meaning.type === 'entry';
}

/**
 * Puts one entry into the change set; `content` is there for each one that {@link isFile}.
 *
 * @throws {LayerFault} `LAYER_UNSAFE_PATH`, `LAYER_INVALID`
 * @throws {MonoError} `FS_*` where the change set cannot hold it
 */
export function writeEntry(
  changes: ChangeSetBuilder,
  entry: TarEntry,
  { placement, content }: { readonly placement: Placement; readonly content?: StoredBytes },
): void {
  const { path, meaning } = placement;
  switch (meaning.type) {
    case 'ignored':
      return;
    case 'tombstone':
      changes.setTombstone(meaning.path);
      return;
    case 'opaque':
      changes.setOpaque(meaning.path);
      return;
    case 'entry':
      if (entry.kind === 'directory') changes.setDirectory(path, attributesOf(entry));
      else if (entry.kind === 'hardLink') changes.setHardLink(path, linkTarget(path, entry));
      else changes.setEntry(path, leafOf(entry, content));
  }
}

/** Returns the entry that a tar entry asks for; `content` is there for a file. */
export function leafOf(entry: TarEntry, content: StoredBytes | undefined): LeafEntry {
  const attributes = attributesOf(entry);
  switch (entry.kind) {
    case 'file': {
      invariant(content, 'a file is written once its content is stored');
      const { cid, sizeBytes } = content;
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

/** Returns the attributes that a tar entry asks for. */
export function attributesOf(entry: TarEntry): Attributes {
  const { mode, uid, gid, mtime, xattrs } = entry;
  return { mode: entry.kind === 'symlink' ? 0o777 : mode, uid, gid, mtime, xattrs };
}

function shown(path: ByteString): string {
  return redact(textOfByteString(path));
}
