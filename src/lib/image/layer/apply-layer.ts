/*
 * A layer's blob becomes a change set in one pass, with bounded memory whatever the size of its
 * files:
 *
 *   blob ─▶ decompress ─▶ diffID and limits ─▶ tar entries ─▶ content into the store
 *                                                        └──▶ change set, stored at the end
 *
 * Nothing is to be trusted before the end of the stream, where the blob's own digest (checked by the
 * source) and the diffID stand: the change set is stored after that.
 */
import type { CID } from 'multiformats/cid';
import type { ByteSource } from '../../base/bytes.js';
import type { Digest } from '../../base/digest.js';
import { isMonoError, MonoError } from '../../errors.js';
import { ChangeSetBuilder } from '../../fs/change-set/change-set-builder.js';
import type { ContentStore } from '../../store/ipld-store.js';
import { RecipeRecorder } from '../recipe/recipe-recorder.js';
import { LayerFault } from '../tar/layer-fault.js';
import { readTarRuns } from '../tar/read-tar.js';
import { decompress } from './decompress.js';
import { HashedStream } from './hashed-stream.js';
import { layerCompression } from './media-type.js';
import { preferSourceError } from './prefer-source-error.js';
import { writeEntries } from './write-entries.js';

/** A layer as a manifest and the configuration describe it. */
export interface LayerDescription {
  readonly digest: Digest;
  readonly mediaType: string;
  /** sha-256 of the tar archive; `undefined` accepts any */
  readonly diffId: Digest | undefined;
}

/** Options of {@link applyLayer}. */
export interface ApplyLayerOptions {
  /** whether the recipe is stored from which `recreateLayer` makes the archive again */
  readonly keepRecipe?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** What a layer became. */
export interface AppliedLayer {
  readonly changeSet: CID;
  readonly diffId: Digest;
  /** root of the recipe; `undefined` when none was asked for, or the archive is beyond its limits */
  readonly recipe: CID | undefined;
  /** size of the tar archive in `bytes` */
  readonly sizeBytes: number;
  /** entries of the archive, whiteouts included */
  readonly entryCount: number;
}

/**
 * Turns the blob of a layer into a change set.
 *
 * @throws {MonoError} `LAYER_MEDIA_TYPE_UNSUPPORTED`, `LAYER_COMPRESSION_INVALID`, `LAYER_INVALID`,
 *   `LAYER_UNSAFE_PATH`, `LAYER_DIFF_ID_MISMATCH`, `CANCELLED`; whatever `blob` throws, which
 *   outranks what is found wrong in a blob that is not what it should be; whatever the store throws
 */
export async function applyLayer(
  store: ContentStore,
  layer: LayerDescription & { readonly blob: ByteSource },
  options: ApplyLayerOptions = {},
): Promise<AppliedLayer> {
  const compression = layerCompression(layer);
  const changes = new ChangeSetBuilder(store);
  const recorder = options.keepRecipe ? new RecipeRecorder(store) : undefined;
  try {
    const unpacked = await preferSourceError(layer.blob, async (blob) => {
      const archive = new HashedStream((hash) =>
        decompress(blob, compression, { recycle: true, hash }),
      );
      const onContent = recorder && ((content: CID) => recorder.addContent(content));
      const target = { store, changes, names: 'layer', onContent } as const;
      const runs = readTarRuns(recorder?.tap(archive) ?? archive, recorder);
      const entryCount = await writeEntries(target, runs, options);
      return { entryCount, diffId: archive.digest(), sizeBytes: archive.sizeBytes };
    });
    if (layer.diffId !== undefined && layer.diffId !== unpacked.diffId) {
      throw mismatch(layer, unpacked.diffId);
    }
    const recipe = await recorder?.finish(unpacked.diffId);
    return { ...unpacked, recipe, changeSet: await changes.commit() };
  } catch (error) {
    throw describe(error, layer);
  }
}

function mismatch(layer: LayerDescription, actual: Digest): MonoError {
  const { digest, diffId: expected = null } = layer;
  return new MonoError(
    'LAYER_DIFF_ID_MISMATCH',
    `Cannot use layer \`${digest}\`: its content has the diffID \`${actual}\`, the image's configuration says \`${expected ?? 'nothing'}\``,
    { details: { digest, expected, actual } },
  );
}

/** Names the layer in what was found wrong with its content. */
function describe(error: unknown, layer: LayerDescription): unknown {
  const { digest } = layer;
  if (error instanceof LayerFault) {
    const { code, message, details, cause } = error;
    return new MonoError(code, `Cannot unpack layer \`${digest}\`: ${message}`, {
      details: { digest, ...details },
      cause,
    });
  }
  if (!isMonoError(error) || !error.code.startsWith('FS_')) return error;
  return new MonoError('LAYER_INVALID', `Cannot unpack layer \`${digest}\`: ${error.message}`, {
    details: { digest, ...error.details },
    cause: error,
  });
}
