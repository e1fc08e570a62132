import { createHash } from 'node:crypto';
import type { CID } from 'multiformats/cid';
import { UUID_BYTES } from './erofs/superblock.js';

/** Version of the bytes that the writer makes of a tree; part of the name of a cached image. */
export const ROOTFS_FORMAT_VERSION = 1;

/**
 * Returns the identity of the root filesystem of the tree `root`: a UUID of version 8 (RFC 9562
 * §5.8) from the sha-256 of the root's CID and the writer's version, the same on every machine.
 */
export function rootfsUuid(root: CID): Uint8Array {
  const hash = createHash('sha256').update(`mono rootfs ${ROOTFS_FORMAT_VERSION}\n`);
  const uuid = new Uint8Array(hash.update(root.bytes).digest().subarray(0, UUID_BYTES));
  const view = new DataView(uuid.buffer);
  view.setUint8(6, (view.getUint8(6) & 0x0f) | 0x80);
  view.setUint8(8, (view.getUint8(8) & 0x3f) | 0x80);
  return uuid;
}
