import type { CID } from 'multiformats/cid';
import type { Digest } from '../../base/digest.js';
import { MonoError } from '../../errors.js';
import { flatten } from '../../fs/change-set/flatten.js';
import {
  isJsonObject,
  parseJsonObject,
  type Descriptor,
  type JsonObject,
} from '../../registry/manifest/descriptor.js';
import { formatPlatform, type Platform } from '../../registry/platform.js';
import type { NewBlob } from '../../registry/upload/upload-context.js';
import { writeTar } from '../../rootfs/tar/write-tar.js';
import type { ContentStore } from '../../store/ipld-store.js';
import { documentBlob, encodeJson, encodeManifest } from '../archive/made-manifest.js';
import type { CatalogImage } from '../catalog/catalog-records.js';
import { configError } from '../image-config.js';
import { applyLayer } from '../layer/apply-layer.js';
import { writeDiffLayer } from './diff-layer.js';
import type { ImageParts, PartsContext } from './image-parts.js';
import { makeLayer, type MadeLayer } from './made-layer.js';

/** A tree that is to become an image. */
export interface MadeImageRequest {
  readonly root: CID;
  /** the image that it came from, if that is known and installed */
  readonly base: CatalogImage | undefined;
  /** what an image without a base is for */
  readonly platform: Platform;
  /** whether it is to have one layer, even on a base, whose configuration it gets */
  readonly isFlat?: boolean | undefined;
}

/** What {@link makeImage} works with. */
export interface MadeImageContext extends Pick<PartsContext, 'readDocument' | 'layerBlob'> {
  readonly store: ContentStore;
}

/**
 * Returns an image of a tree that came without one: the layers and the configuration of its base and
 * one layer of what is different, or, without a base, one layer of everything. The new layer is
 * applied once, to be sure that the tree comes out of it.
 *
 * @throws {MonoError} `ROOTFS_LIMIT` when the tree holds what no layer can say; as the context
 */
export async function makeImage(
  context: MadeImageContext,
  request: MadeImageRequest,
): Promise<ImageParts> {
  const { root, base, isFlat = false } = request;
  const made = base && !isFlat ? await diffLayer(context, base, root) : undefined;
  if (base && made) return onBase(context, base, made);
  const whole = await checkedLayer(context.store, {
    root,
    open: () => writeTar(context.store, root),
  });
  if (!whole) throw notALayer(root);
  const config = base ? await configOf(context, base) : platformConfig(request.platform);
  return assemble({ config, layers: [], platform: request.platform, base }, whole);
}

async function onBase(
  context: MadeImageContext,
  base: CatalogImage,
  made: MadeLayer,
): Promise<ImageParts> {
  const layers: BaseLayer[] = [];
  for (const layer of base.layers) layers.push({ layer, blob: await context.layerBlob(layer) });
  const config = await configOf(context, base);
  return assemble({ config, layers, platform: undefined, base }, made);
}

interface BaseLayer {
  readonly layer: Descriptor & { readonly diffId: Digest };
  readonly blob: NewBlob;
}

interface Assembly {
  readonly config: JsonObject;
  readonly layers: readonly BaseLayer[];
  readonly platform: Platform | undefined;
  readonly base: CatalogImage | undefined;
}

/** The history of a base tells of other layers than these: it is left out, as it may be. */
function assemble({ config, layers, platform, base }: Assembly, made: MadeLayer): ImageParts {
  const rest = Object.fromEntries(Object.entries(config).filter(([key]) => key !== 'history'));
  const diffIds = [...layers.map(({ layer }) => layer.diffId), made.diffId];
  const document = encodeJson({ ...rest, rootfs: { type: 'layers', diff_ids: diffIds } });
  const descriptors = [...layers.map(({ layer }) => layer), made.descriptor];
  const top = encodeManifest(document, descriptors);
  const blobs = new Map<Digest, NewBlob>();
  blobs.set(document.digest, { ...documentBlob(document), digest: document.digest });
  for (const { blob } of layers) blobs.set(blob.digest, blob);
  blobs.set(made.blob.digest, made.blob);
  const own = base?.platform ?? (platform && formatPlatform(platform)) ?? '';
  const parts = { top, manifests: [], blobs: [...blobs.values()] };
  return { ...parts, platforms: [own], omittedPlatforms: [] };
}

async function diffLayer(
  { store }: MadeImageContext,
  base: CatalogImage,
  root: CID,
): Promise<MadeLayer | undefined> {
  const trees = { before: base.root, after: root };
  return checkedLayer(store, { root, below: base.root, open: () => writeDiffLayer(store, trees) });
}

/** Returns the layer, or `undefined` when the tree does not come out of it. */
async function checkedLayer(
  store: ContentStore,
  layer: {
    readonly root: CID;
    readonly below?: CID;
    open(): AsyncIterable<Uint8Array>;
  },
): Promise<MadeLayer | undefined> {
  const made = await makeLayer(() => layer.open());
  const { digest, mediaType } = made.descriptor;
  const { diffId } = made;
  const blob = made.blob.open();
  const { changeSet } = await applyLayer(store, { digest, mediaType, diffId, blob });
  const stack = layer.below ? [layer.below, changeSet] : [changeSet];
  return (await flatten(store, stack)).equals(layer.root) ? made : undefined;
}

async function configOf(context: MadeImageContext, base: CatalogImage): Promise<JsonObject> {
  const bytes = await context.readDocument(base.config);
  return parseJsonObject(bytes, (reason) => configError(base.manifest.digest, reason));
}

function platformConfig({ os, architecture, variant }: Platform): JsonObject {
  const config = { architecture, ...(variant === undefined ? {} : { variant }), os, config: {} };
  return isJsonObject(config) ? config : {};
}

function notALayer(root: CID): MonoError {
  return new MonoError(
    'ROOTFS_LIMIT',
    `Cannot make a layer of \`${root.toString()}\`: it has names that layers give another meaning`,
    { details: { root: root.toString() }, hint: 'Export it with `--format car`.' },
  );
}
