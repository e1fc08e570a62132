/** The nodes of a recipe (docs/formats/layer-recipe.md#nodes). */
import type { CID } from 'multiformats/cid';
import { digestFromHash, hashOfDigest, type Digest } from '../../base/digest.js';
import { MonoError } from '../../errors.js';
import {
  DAG_CBOR,
  expectBytes,
  expectCid,
  expectList,
  expectUint,
  RAW,
  SHA2_256_BYTES,
} from '../../fs/node/node-value.js';
import { NodeProblem, readNode } from '../../fs/node/read-node.js';
import type { NodeReader } from '../../store/ipld-store.js';
import { MAX_LAYER_BYTES } from '../layer/hashed-stream.js';

/** The version of the format that this code reads and writes. */
export const RECIPE_FORMAT_VERSION = 1;

/** The most parts of a recipe: their links just fit into one block. A part has some 1,000 files. */
export const MAX_RECIPE_PARTS = 16_384;

const RECIPE_TAG = 'monofs-layer-recipe';

/** What it takes to make the archive of a layer again. */
export interface Recipe {
  readonly diffId: Digest;
  /** size of the archive in `bytes` */
  readonly sizeBytes: number;
  readonly parts: readonly CID[];
}

/** A content with its size in `bytes`, at least 1. */
export interface RecipeContent {
  readonly sizeBytes: number;
  readonly content: CID;
}

/** A part of a recipe. */
export interface RecipePart {
  readonly framing: Uint8Array;
  readonly contents: readonly RecipeContent[];
}

/** Returns the value of a recipe's node. */
export function encodeRecipe({ diffId, parts, sizeBytes }: Recipe): unknown[] {
  return [RECIPE_TAG, RECIPE_FORMAT_VERSION, hashOfDigest(diffId), sizeBytes, [...parts]];
}

/** Returns the value of the node of a part. */
export function encodePart({ contents, framing }: RecipePart): unknown[] {
  return [framing, contents.map(({ content, sizeBytes }) => [sizeBytes, content])];
}

/**
 * Reads a recipe.
 *
 * @throws {MonoError} as `getNode`; `STORE_NODE_INVALID` when it is none; `STORE_FORMAT_UNSUPPORTED`
 *   when a later version of the program wrote it
 */
export async function readRecipe(store: NodeReader, cid: CID): Promise<Recipe> {
  const recipe = await readNode(store, cid, decodeRecipe);
  if (typeof recipe !== 'number') return recipe;
  throw new MonoError(
    'STORE_FORMAT_UNSUPPORTED',
    `Cannot read recipe \`${cid.toString()}\`: its format has version ${recipe}, the newest known is ${RECIPE_FORMAT_VERSION}`,
    { details: { cid: cid.toString(), version: recipe } },
  );
}

/**
 * Reads a part of a recipe; its framing is not looked into.
 *
 * @throws {MonoError} as `getNode`; `STORE_NODE_INVALID`
 */
export async function readPart(store: NodeReader, cid: CID): Promise<RecipePart> {
  return readNode(store, cid, decodePart);
}

/** Returns the recipe, or the version of the format if it is not the known one. */
function decodeRecipe(value: unknown): Recipe | number {
  const list = expectList(value, 'a recipe');
  if (list[0] !== RECIPE_TAG) throw new NodeProblem('it is not a recipe');
  const format = expectUint(list[1], 'the version of the format');
  if (format !== RECIPE_FORMAT_VERSION) return format;
  expectList(list, 'a recipe', 5);
  const hash = expectBytes(list[2], 'the diffID of a recipe');
  if (hash.length !== SHA2_256_BYTES) throw new NodeProblem('the diffID has another length');
  const parts = expectList(list[4], 'the parts of a recipe');
  return {
    diffId: digestFromHash(hash),
    sizeBytes: expectUint(list[3], 'the size of a recipe', MAX_LAYER_BYTES),
    parts: parts.map((part) => expectCid(part, 'a part', [DAG_CBOR])),
  };
}

function decodePart(value: unknown): RecipePart {
  const list = expectList(value, 'a part of a recipe', 2);
  const contents = expectList(list[1], 'the contents of a part').map((item) => {
    const [sizeBytes, content] = expectList(item, 'a content', 2);
    return {
      sizeBytes: expectUint(sizeBytes, 'the size of a content', MAX_LAYER_BYTES),
      content: expectCid(content, 'a content', [RAW, DAG_CBOR]),
    };
  });
  return { framing: expectBytes(list[0], 'the framing of a part'), contents };
}
