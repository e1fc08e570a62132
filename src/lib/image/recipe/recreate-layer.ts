import { createHash } from 'node:crypto';
import type { CID } from 'multiformats/cid';
import { concatBytes } from '../../base/async.js';
import { digestFromHash } from '../../base/digest.js';
import { MonoError } from '../../errors.js';
import { NodeProblem } from '../../fs/node/read-node.js';
import type { BytesReader, NodeReader } from '../../store/ipld-store.js';
import { decodeFraming } from './framing-decoder.js';
import { readPart, readRecipe, type Recipe, type RecipePart } from './recipe-node.js';

/** Headers and small files are gathered up to this size in `bytes`: a piece for each costs more. */
const PIECE_BYTES = 256 * 1024;

/** Zeros are made in pieces of at most this size in `bytes`, whatever a recipe asks for. */
const ZEROS_BYTES = 64 * 1024;

/**
 * Yields the uncompressed archive of a layer, byte for byte as it was, from its recipe.
 *
 * Whoever takes the bytes may trust them only once the end has come: the diffID is checked there.
 *
 * @throws {MonoError} `LAYER_DIFF_ID_MISMATCH` at the end, when the bytes are not the layer's;
 *   `STORE_NODE_INVALID`, `STORE_FORMAT_UNSUPPORTED`; as `getNode` and `getBytes`
 */
export async function* recreateLayer(
  store: NodeReader & BytesReader,
  cid: CID,
): AsyncGenerator<Uint8Array> {
  const recipe = await readRecipe(store, cid);
  const hash = createHash('sha256');
  let sizeBytes = 0;
  try {
    for await (const piece of gather(piecesOf(store, recipe))) {
      sizeBytes += piece.length;
      if (sizeBytes > recipe.sizeBytes) break;
      hash.update(piece);
      yield piece;
    }
  } catch (error) {
    if (!(error instanceof NodeProblem)) throw error;
    throw new MonoError(
      'STORE_NODE_INVALID',
      `Cannot read recipe \`${cid.toString()}\`: ${error.message}`,
      { details: { cid: cid.toString() } },
    );
  }
  const actual = digestFromHash(hash.digest());
  if (actual === recipe.diffId && sizeBytes === recipe.sizeBytes) return;
  const expected = recipe.diffId;
  throw new MonoError(
    'LAYER_DIFF_ID_MISMATCH',
    `Cannot make layer \`${expected}\` again: recipe \`${cid.toString()}\` gives other bytes`,
    { details: { expected, actual, recipe: cid.toString() } },
  );
}

async function* piecesOf(
  store: NodeReader & BytesReader,
  recipe: Recipe,
): AsyncGenerator<Uint8Array> {
  for (const cid of recipe.parts) yield* piecesOfPart(store, await readPart(store, cid));
}

async function* piecesOfPart(
  store: BytesReader,
  { contents, framing }: RecipePart,
): AsyncGenerator<Uint8Array> {
  const rest = contents.values();
  for (const frame of decodeFraming(framing)) {
    if (frame.kind === 'bytes') yield frame.bytes;
    else if (frame.kind === 'zeros') yield* zeros(frame.count);
    else {
      const { value } = rest.next();
      if (value === undefined) throw new NodeProblem('a part has fewer contents than places');
      let sizeBytes = 0;
      for await (const piece of store.getBytes(value.content)) {
        sizeBytes += piece.length;
        yield piece;
      }
      if (sizeBytes !== value.sizeBytes) throw new NodeProblem('a content has another size');
    }
  }
  if (!rest.next().done) throw new NodeProblem('a part has more contents than places');
}

function* zeros(count: number): Generator<Uint8Array> {
  for (let left = count; left > 0; left -= ZEROS_BYTES) {
    yield new Uint8Array(Math.min(left, ZEROS_BYTES));
  }
}

async function* gather(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let gathered: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const piece of pieces) {
    gathered.push(piece);
    sizeBytes += piece.length;
    if (sizeBytes < PIECE_BYTES) continue;
    yield concatBytes(gathered, sizeBytes);
    gathered = [];
    sizeBytes = 0;
  }
  if (sizeBytes > 0) yield concatBytes(gathered, sizeBytes);
}
