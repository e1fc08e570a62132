import { isDigest, type Digest } from '../../base/digest.js';
import { redact } from '../../base/redact.js';
import { MonoError } from '../../errors.js';
import { isName } from '../requirement/image-name.js';
import { lockInvalid, readLockLines, type LockNode } from './lock-lines.js';
import {
  isLockablePlatform,
  LOCKFILE_VERSION,
  type LockedImage,
  type LockedPlatform,
  type Lockfile,
} from './lockfile.js';

/** CIDv1 in base32, sha2-256, codec dag-cbor: 1 + 58 characters. */
const ROOT_CID = /^bafyrei[a-z2-7]{52}$/;

/** SHA-256 in base64 without padding, as OpenSSH shows keys. */
const FINGERPRINT = /^SHA256:[A-Za-z0-9+/]{43}$/;

const IMAGE_KEYS = ['requirement', 'resolved', 'digest', 'platforms'] as const;

/**
 * Returns what the text of a lockfile says. Only the form that is written is read: unknown or
 * missing keys, values of another form and merge conflicts are refused.
 *
 * @throws {MonoError} `LOCKFILE_INVALID` with line and column
 */
export function readLockfile(text: string, path: string): Lockfile {
  const reader: Reader = { path };
  const root = fields(reader, readLockLines(text, path), ['lockfileVersion', 'images']);
  const version = valueOf(reader, root.lockfileVersion);
  if (version !== String(LOCKFILE_VERSION)) throw wrongVersion(path, version);
  return { images: mapOf(reader, root.images, readImage) };
}

interface Reader {
  readonly path: string;
}

function readImage(reader: Reader, name: string, node: LockNode): LockedImage {
  if (!isName(name)) throw lockInvalid(reader.path, node, 'this is not a valid name');
  const signedBy = node.children.get('signedBy');
  const image = fields(reader, node, signedBy ? [...IMAGE_KEYS, 'signedBy'] : IMAGE_KEYS);
  const platforms = mapOf(reader, image.platforms, readPlatform);
  if (platforms.size === 0) {
    throw lockInvalid(reader.path, image.platforms, 'at least one platform is expected');
  }
  return {
    requirement: valueOf(reader, image.requirement),
    resolved: valueOf(reader, image.resolved),
    digest: digestOf(reader, image.digest),
    ...(signedBy ? { signedBy: fingerprintOf(reader, signedBy) } : {}),
    platforms,
  };
}

function readPlatform(reader: Reader, name: string, node: LockNode): LockedPlatform {
  if (!isLockablePlatform(name))
    throw lockInvalid(reader.path, node, 'this is not a Linux platform');
  const root = node.children.get('root');
  const required = root ? (['manifest', 'root'] as const) : (['manifest'] as const);
  const platform = fields(reader, node, required);
  const manifest = digestOf(reader, platform.manifest);
  return root ? { manifest, root: rootOf(reader, root) } : { manifest };
}

function fields<Key extends string>(
  reader: Reader,
  node: LockNode,
  keys: readonly Key[],
): Record<Key, LockNode> {
  if (node.value !== undefined) throw lockInvalid(reader.path, node, 'a map is expected');
  for (const [name, child] of node.children) {
    if (!keys.some((key) => key === name)) {
      throw lockInvalid(reader.path, child, `unknown key \`${redact(name)}\``);
    }
  }
  const found = keys.map((key): [Key, LockNode] => {
    const child = node.children.get(key);
    if (!child) throw lockInvalid(reader.path, node, `the key \`${key}\` is missing`);
    return [key, child];
  });
  return Object.fromEntries(found) as Record<Key, LockNode>;
}

function mapOf<T>(
  reader: Reader,
  node: LockNode,
  read: (reader: Reader, name: string, node: LockNode) => T,
): Map<string, T> {
  if (node.value !== undefined) throw lockInvalid(reader.path, node, 'a map is expected');
  return new Map([...node.children].map(([name, child]) => [name, read(reader, name, child)]));
}

function valueOf(reader: Reader, node: LockNode): string {
  if (node.value === undefined) throw lockInvalid(reader.path, node, 'a value is expected');
  return node.value;
}

function digestOf(reader: Reader, node: LockNode): Digest {
  const text = valueOf(reader, node);
  if (!isDigest(text)) throw lockInvalid(reader.path, node, 'this is not a digest');
  return text;
}

function rootOf(reader: Reader, node: LockNode): string {
  const text = valueOf(reader, node);
  if (!ROOT_CID.test(text)) throw lockInvalid(reader.path, node, 'this is not the CID of a root');
  return text;
}

function fingerprintOf(reader: Reader, node: LockNode): string {
  const text = valueOf(reader, node);
  if (!FINGERPRINT.test(text)) throw lockInvalid(reader.path, node, 'this is no fingerprint');
  return text;
}

function wrongVersion(path: string, version: string): MonoError {
  return new MonoError(
    'LOCKFILE_INVALID',
    `Cannot read \`${path}\`: its format has version ${redact(version)}, known is ${LOCKFILE_VERSION}`,
    { details: { path, version: redact(version) }, hint: 'Use the mono that wrote it.' },
  );
}
