import { closeSync, openSync, readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { CID } from 'multiformats/cid';
import type { IpldStore } from '../../src/lib/store/ipld-store.js';
import type { PackSizes } from '../../src/lib/store/pack/pack-sizes.js';
import { pseudoRandomBytes } from './random-bytes.js';

/** So small that what {@link fillStore} puts makes several packs of several segments. */
export const SMALL_SIZES: PackSizes = {
  packLimitBytes: 60_000,
  segmentBytes: { data: 1024 * 1024, node: 1024 * 1024 },
  flushBytes: 1024 * 1024,
  flushBlocks: 6,
};

/** Puts files, small blocks and the nodes above them; returns every CID, the root last. */
export async function fillStore(store: IpldStore): Promise<CID[]> {
  const cids: CID[] = [];
  for (let turn = 0; turn < 5; turn++) {
    const large = await store.putRawBlock(pseudoRandomBytes(5_000 + 5_777 * turn, 100 + turn));
    const small = await store.putRawBlock(pseudoRandomBytes(30 + turn, 200 + turn));
    cids.push(large, small, await store.putNode({ turn, large, small }));
  }
  cids.push(await store.putRawBlock(new Uint8Array(0)));
  cids.push(await store.putNode({ all: cids }));
  await store.flush();
  return cids;
}

/** Returns the paths of all packs of the store at `path`. */
export function packPathsOf(path: string): string[] {
  const packs = join(path, 'packs');
  return readdirSync(packs).map((name) => join(packs, name));
}

/** Overwrites a part of a file. */
export function writeAt(path: string, bytes: Uint8Array, offsetBytes: number): void {
  const descriptor = openSync(path, 'r+');
  writeSync(descriptor, bytes, 0, bytes.length, offsetBytes);
  closeSync(descriptor);
}
