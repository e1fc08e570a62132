import { isDigest, type Digest } from '../../base/digest.js';
import { redact } from '../../base/redact.js';
import type { MonoError } from '../../errors.js';

/**
 * What a manifest says of some bytes.
 *
 * @see OCI image-spec v1.1, descriptor.md
 */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/** An object of JSON whose fields are still to be looked at. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Makes the error that says what is wrong with the document being read. */
export type Refuse = (reason: string) => MonoError;

/** RFC 6838, section 4.2: 127 characters on either side of the slash. */
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/i;
const OTHER_DIGEST = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/;

/** Returns the object that `bytes` hold as JSON in UTF-8; throws what `refuse` makes otherwise. */
export function parseJsonObject(bytes: Uint8Array, refuse: Refuse): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw refuse('it is not JSON in UTF-8');
  }
  if (!isJsonObject(value)) throw refuse('it is not a JSON object');
  return value;
}

/** Returns whether `value` is an object of JSON, not an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns the descriptor that stands in `value`, which errors call `where`. */
export function readDescriptor(value: unknown, where: string, refuse: Refuse): Descriptor {
  if (!isJsonObject(value)) throw refuse(`\`${where}\` is not an object`);
  const mediaType = value['mediaType'];
  const sizeBytes = value['size'];
  if (typeof mediaType !== 'string' || !MEDIA_TYPE.test(mediaType)) {
    throw refuse(`\`${where}.mediaType\` is not a media type`);
  }
  if (typeof sizeBytes !== 'number' || !Number.isSafeInteger(sizeBytes) || sizeBytes < 0) {
    throw refuse(`\`${where}.size\` is not a whole number of bytes`);
  }
  return { mediaType, sizeBytes, digest: readDigest(value['digest'], where, refuse) };
}

function readDigest(value: unknown, where: string, refuse: Refuse): Digest {
  if (typeof value !== 'string') throw refuse(`\`${where}.digest\` is not a digest`);
  if (isDigest(value)) return value;
  const algorithm = value.slice(0, Math.max(value.indexOf(':'), 0));
  if (OTHER_DIGEST.test(value) && algorithm !== 'sha256') {
    throw refuse(`\`${where}.digest\` uses \`${redact(algorithm)}\`, which is not supported`);
  }
  throw refuse(`\`${where}.digest\` is not a digest`);
}
