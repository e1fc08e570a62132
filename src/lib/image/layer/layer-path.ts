import { textOfByteString, type ByteString } from '../../base/bytes.js';
import { redact } from '../../base/redact.js';
import { MAX_NAME_BYTES, MAX_PATH_BYTES } from '../../fs/limits.js';
import { LayerFault } from '../tar/layer-fault.js';

/**
 * Returns the path that the name of a layer's entry stands for, relative to the root: without `.` and
 * empty components; the root itself is the empty path.
 *
 * @throws {LayerFault} `LAYER_UNSAFE_PATH` when the name is absolute (but `/` alone is the root, as
 *   Kaniko writes it), has a component `..`, or is longer than a Linux path
 */
export function parseLayerPath(name: ByteString): ByteString {
  const path = parseLinkPath(name);
  if (path !== '' && name.startsWith('/')) throw unsafe(name, 'is absolute');
  return path;
}

/**
 * Returns the path that the target of a hard link stands for. A leading slash means the layer's
 * root, as it does for every runtime (some builders write it); the rest is as in
 * {@link parseLayerPath}.
 *
 * @throws {LayerFault} `LAYER_UNSAFE_PATH`
 */
export function parseLinkPath(name: ByteString): ByteString {
  // Checked before it is split, so that hostile names cost nothing; `./` may come on top.
  if (name.length > MAX_PATH_BYTES + 2) throw unsafe(name, `has more than ${MAX_PATH_BYTES} bytes`);
  if (name.includes('\0')) throw unsafe(name, 'has a NUL byte');
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  for (const part of parts) {
    if (part === '..') throw unsafe(name, 'has the component `..`');
    if (part.length > MAX_NAME_BYTES) {
      throw unsafe(name, `has a component of more than ${MAX_NAME_BYTES} bytes`);
    }
  }
  const path = parts.join('/') as ByteString;
  if (path.length > MAX_PATH_BYTES) throw unsafe(name, `has more than ${MAX_PATH_BYTES} bytes`);
  return path;
}

function unsafe(name: ByteString, state: string): LayerFault {
  const shown = redact(textOfByteString(name));
  return new LayerFault('LAYER_UNSAFE_PATH', `the entry name \`${shown}\` ${state}`, {
    details: { path: shown },
  });
}
