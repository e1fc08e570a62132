/*
 * Whiteouts: names in a layer that delete what lower layers have.
 *
 *   DIR/.wh.NAME      deletes DIR/NAME
 *   DIR/.wh..wh..opq  deletes all that is below DIR
 *   .wh..wh.ANYTHING  at any level: bookkeeping of AUFS, which means nothing
 *
 * They concern lower layers only, wherever in the layer they stand.
 */
import { textOfByteString, type ByteString } from '../../base/bytes.js';
import { redact } from '../../base/redact.js';
import { tarFault } from '../tar/layer-fault.js';

const PREFIX = '.wh.';
const OPAQUE = '.wh..wh..opq';
const METADATA_PREFIX = '.wh..wh.';

/** What the path of a layer's entry asks for. */
export type PathMeaning =
  | { readonly type: 'entry' }
  | { readonly type: 'tombstone'; readonly path: ByteString }
  | { readonly type: 'opaque'; readonly path: ByteString }
  | { readonly type: 'ignored' };

const ENTRY: PathMeaning = { type: 'entry' };
const IGNORED: PathMeaning = { type: 'ignored' };

/**
 * Returns what `path`, as `parseLayerPath` gives it, asks for.
 *
 * @throws {LayerFault} `LAYER_INVALID` for a whiteout of no name, and for a reserved name that is
 *   not a whiteout
 * @see OCI image-spec v1.1, layer.md, "Whiteouts"
 */
export function meaningOfPath(path: ByteString): PathMeaning {
  if (!path.includes(PREFIX)) return ENTRY;
  const parents = path.split('/');
  const base = parents.pop() ?? '';
  if (parents.some((part) => part.startsWith(METADATA_PREFIX))) return IGNORED;
  if (parents.some((part) => part.startsWith(PREFIX))) {
    throw tarFault(`the entry \`${shown(path)}\` is below a whiteout`);
  }
  if (base === OPAQUE) return { type: 'opaque', path: parents.join('/') as ByteString };
  if (base.startsWith(METADATA_PREFIX)) return IGNORED;
  if (!base.startsWith(PREFIX)) return ENTRY;
  const name = base.slice(PREFIX.length);
  if (name === '' || name === '.' || name === '..') {
    throw tarFault(`the whiteout \`${shown(path)}\` names nothing that can be deleted`);
  }
  return { type: 'tombstone', path: [...parents, name].join('/') as ByteString };
}

function shown(path: ByteString): string {
  return redact(textOfByteString(path));
}
