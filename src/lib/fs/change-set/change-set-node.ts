/** What a `ChangeSetBuilder` holds in memory: small, because layers have half a million entries. */
import { CID } from 'multiformats/cid';
import * as Digest from 'multiformats/hashes/digest';
import type { ByteString } from '../../base/bytes.js';
import { byteStringFromBytes, bytesOfByteString } from '../../base/bytes.js';
import type { Attributes, BaseLinkEntry, FileEntry, LeafEntry, TombstoneEntry } from '../entry.js';
import { IMPLICIT_ATTRIBUTES } from '../entry.js';
import { weightOfFile } from '../node/entry-rules.js';
import { SHA2_256, SHA2_256_BYTES } from '../node/node-value.js';

/** What a name stands for while a change set is built. */
export type BuilderNode = DirectoryNode | LeafNode | TombstoneEntry;

/** Anything but a directory or a tombstone; hard-linked names share one object. */
export type LeafNode = PackedFile | Exclude<LeafEntry, FileEntry> | BaseLinkEntry;

/** A directory while a change set is built. */
export interface DirectoryNode {
  readonly kind: 'directory';
  /** `undefined`: implicit */
  attributes: Attributes | undefined;
  opaque: boolean;
  readonly children: Map<ByteString, BuilderNode>;
}

/** A regular file in a quarter of the memory that a `FileEntry` with its CID takes. */
export class PackedFile {
  readonly kind = 'packedFile';
  readonly #mode: number;
  readonly #uid: number;
  readonly #gid: number;
  readonly #seconds: number;
  readonly #nanoseconds: number;
  readonly #xattrs: Attributes['xattrs'];
  readonly #sizeBytes: number;
  readonly #content: ByteString;

  constructor(entry: FileEntry) {
    this.#mode = entry.mode;
    this.#uid = entry.uid;
    this.#gid = entry.gid;
    this.#seconds = entry.mtime.seconds;
    this.#nanoseconds = entry.mtime.nanoseconds;
    this.#xattrs = entry.xattrs.size === 0 ? IMPLICIT_ATTRIBUTES.xattrs : entry.xattrs;
    this.#sizeBytes = entry.sizeBytes;
    this.#content = byteStringFromBytes(entry.content.bytes);
  }

  /** Returns the weight of the file under `name`. */
  weigh(name: ByteString): number {
    return weightOfFile(name, this.#xattrs);
  }

  /** Returns the file as an entry. */
  unpack(): FileEntry {
    return {
      kind: 'file',
      mode: this.#mode,
      uid: this.#uid,
      gid: this.#gid,
      mtime: { seconds: this.#seconds, nanoseconds: this.#nanoseconds },
      xattrs: this.#xattrs,
      sizeBytes: this.#sizeBytes,
      content: cidOfBytes(bytesOfByteString(this.#content)),
    };
  }
}

/** Returns the CID of `bytes`: `01, codec, 12, 20, 32-byte hash`, the only form entries can have. */
function cidOfBytes(bytes: Uint8Array): CID {
  const multihash = new Digest.Digest(
    SHA2_256,
    SHA2_256_BYTES,
    bytes.subarray(4),
    bytes.subarray(2),
  );
  return new CID(1, bytes[1] as number, multihash, bytes);
}

/** Returns an empty directory. */
export function newDirectory(attributes: Attributes | undefined, opaque: boolean): DirectoryNode {
  return { kind: 'directory', attributes, opaque, children: new Map() };
}

/** Returns `entry` as a builder holds it. */
export function packEntry(entry: LeafEntry | BaseLinkEntry): LeafNode {
  return entry.kind === 'file' ? new PackedFile(entry) : entry;
}

/** Returns the entry that `node` holds. */
export function unpackNode(node: LeafNode): LeafEntry | BaseLinkEntry {
  return node.kind === 'packedFile' ? node.unpack() : node;
}

/** Returns whether a change set with `node` makes sure that the directory exists. */
export function hasContent(node: DirectoryNode): boolean {
  if (node.attributes !== undefined) return true;
  for (const child of node.children.values()) {
    if (child.kind === 'directory' ? hasContent(child) : child.kind !== 'tombstone') return true;
  }
  return false;
}
