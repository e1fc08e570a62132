import * as fc from '../../support/fast-check.js';
import { CID } from 'multiformats/cid';
import { create as createDigest } from 'multiformats/hashes/digest';
import type { ByteString } from '../../../src/lib/base/bytes.js';
import { byteStringFromBytes } from '../../../src/lib/base/bytes.js';
import type { Attributes, ChangeEntry, LeafEntry } from '../../../src/lib/fs/entry.js';
import { compareBytes } from '../../../src/lib/fs/path.js';

const RAW = 0x55;
const DAG_CBOR = 0x71;
const UINT32 = 0xffff_ffff;

/** Any byte string without NUL and `/`. */
export const anyName: fc.Arbitrary<ByteString> = fc
  .uint8Array({ minLength: 1, maxLength: 255 })
  .map((bytes) =>
    byteStringFromBytes(bytes.map((byte) => (byte === 0 || byte === 0x2f ? 65 : byte))),
  )
  .filter((name) => name !== '.' && name !== '..');

/** A CID with one of the codecs. */
export function anyCid(...codecs: readonly number[]): fc.Arbitrary<CID> {
  const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
  return fc
    .tuple(fc.constantFrom(...codecs), hash)
    .map(([codec, bytes]) => CID.createV1(codec, createDigest(0x12, bytes)));
}

/** Attributes with every value that is allowed. */
export const anyAttributes: fc.Arbitrary<Attributes> = fc.record({
  mode: fc.nat(0o7777),
  uid: fc.nat(UINT32),
  gid: fc.nat(UINT32),
  mtime: fc.record({ seconds: fc.maxSafeInteger(), nanoseconds: fc.nat(999_999_999) }),
  xattrs: fc
    .array(fc.tuple(anyName, fc.uint8Array({ maxLength: 40 })), { maxLength: 3 })
    .map((pairs) => new Map(pairs.sort(([left], [right]) => compareBytes(left, right)))),
});

/** Any entry that is no directory. */
export const anyLeafEntry: fc.Arbitrary<LeafEntry> = fc.oneof(
  withAttributes('file', { sizeBytes: fc.maxSafeNat(), content: anyCid(RAW, DAG_CBOR) }),
  withAttributes('symlink', { target: anyName }),
  withAttributes('cidLink', { target: anyCid(RAW, DAG_CBOR) }),
  withAttributes('characterDevice', { major: fc.nat(UINT32), minor: fc.nat(UINT32) }),
  withAttributes('blockDevice', { major: fc.nat(UINT32), minor: fc.nat(UINT32) }),
  withAttributes('fifo', {}),
  withAttributes('socket', {}),
);

/** Any entry. */
export const anyEntry: fc.Arbitrary<ChangeEntry> = fc.oneof(
  anyLeafEntry,
  withAttributes('directory', { entries: anyCid(DAG_CBOR) }),
  fc.constant({ kind: 'tombstone' } as const),
  fc.record({ kind: fc.constant('baseLink' as const), target: anyName }),
  fc.record({
    kind: fc.constant('overlayDirectory' as const),
    entries: anyCid(DAG_CBOR),
    opaque: fc.boolean(),
    attributes: fc.option(anyAttributes, { nil: undefined }),
  }),
);

function withAttributes<K extends string, T extends object>(
  kind: K,
  fields: { [P in keyof T]: fc.Arbitrary<T[P]> },
): fc.Arbitrary<Attributes & { kind: K } & T> {
  return fc
    .tuple(anyAttributes, fc.record(fields))
    .map(([attributes, rest]) => ({ kind, ...attributes, ...rest }));
}
