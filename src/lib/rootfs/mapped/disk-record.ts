import type { DiskExtent } from './mapped-image.js';

/** What is kept about a mapped disk: `disk.json`. */
export interface DiskRecord {
  readonly extents: readonly DiskExtent[];
  /** SHA-256 of its own files as hexadecimal text, by path */
  readonly digests: Readonly<Record<string, string>>;
}

/** Returns the record as it is written. */
export function encodeDisk({ extents, digests }: DiskRecord): Uint8Array {
  const rows = extents.map((it) => [it.path, it.offsetBytes, it.lengthBytes]);
  return Buffer.from(`${JSON.stringify({ extents: rows, digests })}\n`);
}

/** Returns the record that `bytes` hold, or `undefined` when they hold none. */
export function decodeDisk(bytes: Uint8Array): DiskRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
  if (!isObject(value) || !Array.isArray(value['extents']) || !isObject(value['digests']))
    return undefined;
  const extents = value['extents'].map(extentOf);
  const digests = Object.entries(value['digests']);
  if (extents.length === 0 || !extents.every((it) => it !== undefined)) return undefined;
  if (!digests.every(isTextPair)) return undefined;
  return { extents, digests: Object.fromEntries(digests) };
}

function extentOf(row: unknown): DiskExtent | undefined {
  if (!Array.isArray(row) || row.length !== 3) return undefined;
  const [path, offsetBytes, lengthBytes] = row as unknown[];
  if (typeof path !== 'string' || !isSize(offsetBytes) || !isSize(lengthBytes)) return undefined;
  return { path, offsetBytes, lengthBytes };
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isTextPair(pair: [string, unknown]): pair is [string, string] {
  return typeof pair[1] === 'string';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
