import { CID } from 'multiformats/cid';
import type { Digest } from '../../base/digest.js';
import { openDatabase } from '../../io/database.js';
import type { SqliteDatabase } from '../../io/sqlite-database.js';
import type { BlockReader } from '../../store/ipld-store.js';
import type { CatalogImage, CatalogLayer, NewCatalogImage } from './catalog-records.js';
import {
  imageLayerParameters,
  imageParameters,
  layerParameters,
  toImage,
  toLayer,
  type ImageLayerRow,
  type ImageRow,
  type LayerRow,
} from './catalog-rows.js';
import { CATALOG_MIGRATIONS } from './schema.js';
import {
  DELETE_LOOSE_LAYERS,
  DELETE_UNUSED_BLOBS,
  DELETE_UNUSED_CHAINS,
  SELECT_IMAGE_LAYERS,
  SELECT_IMAGES,
  SELECT_LOOSE_LAYERS,
  SELECT_ROOTS,
  SELECT_ROOTS_OF_LAYER,
  UPSERT_CHAIN,
  UPSERT_IMAGE,
  UPSERT_IMAGE_LAYER,
  UPSERT_LAYER,
} from './statements.js';

/**
 * Opens the catalog in the database at `path`, whose entries point into `store`.
 *
 * @throws {MonoError} `STORE_FORMAT_UNSUPPORTED`, `IO_FAILED`, `DISK_FULL`
 */
export function openImageCatalog(path: string, store: Pick<BlockReader, 'has'>): ImageCatalog {
  return new ImageCatalog(openDatabase(path, CATALOG_MIGRATIONS), store);
}

/**
 * What is known of installed images: which layers were unpacked to which change sets, which chains
 * of layers make which trees, and which images exist.
 *
 * The catalog never holds content. An entry counts only while the store has what it points to, so
 * losing either side costs work, never correctness. Write an entry only after `store.flush()`: a
 * crash may then leave blocks without an entry, never an entry without blocks. Processes may use
 * one catalog at the same time.
 */
export class ImageCatalog {
  readonly #database: SqliteDatabase;
  readonly #store: Pick<BlockReader, 'has'>;

  /** @param store the store that the entries point into */
  constructor(database: SqliteDatabase, store: Pick<BlockReader, 'has'>) {
    this.#database = database;
    this.#store = store;
  }

  /** Returns the unpacked layer with this diffID, if the store still has it, and its recipe likewise. */
  async findLayer(diffId: Digest): Promise<CatalogLayer | undefined> {
    const row = this.#database
      .prepare<[string], LayerRow>('SELECT * FROM layers WHERE diff_id = ?')
      .get(diffId);
    const layer = row && toLayer(row);
    if (!layer || !(await this.#store.has(layer.changeSet))) return undefined;
    const isLost = layer.recipe && !(await this.#store.has(layer.recipe));
    return isLost ? { ...layer, recipe: undefined } : layer;
  }

  /**
   * Returns the layers that belong to no image, and that were added at `since` (in `ms` since 1970)
   * or later: what an install that did not come to its end has left.
   */
  listLooseLayers(since: number): CatalogLayer[] {
    const rows = this.#database.prepare<[], LayerRow>(SELECT_LOOSE_LAYERS).all();
    return rows.filter((row) => row.added_at >= since).map(toLayer);
  }

  /** Returns the tree that the layers of this chain make, if the store still has it. */
  async findRoot(chainId: Digest): Promise<CID | undefined> {
    const row = this.#database
      .prepare<[string], { root: string }>('SELECT root FROM chains WHERE chain_id = ?')
      .get(chainId);
    const root = row && CID.parse(row.root);
    return root && (await this.#store.has(root)) ? root : undefined;
  }

  /** Returns the installed image with this manifest, if the store still has all its roots. */
  async findImage(manifestDigest: Digest): Promise<CatalogImage | undefined> {
    const row = this.#database
      .prepare<[string], ImageRow>(`${SELECT_IMAGES} WHERE manifest_digest = ?`)
      .get(manifestDigest);
    const image = row && this.#image(row);
    return image && (await this.#isComplete(image)) ? image : undefined;
  }

  /** Returns every installed image, by manifest digest, whether or not the store has it. */
  listImages(): CatalogImage[] {
    return this.#database
      .prepare<[], ImageRow>(`${SELECT_IMAGES} ORDER BY manifest_digest`)
      .all()
      .map((row) => this.#image(row));
  }

  /** Returns the content of a layer's blob as it came, if it is kept and the store still has it. */
  async findBlob(digest: Digest): Promise<CID | undefined> {
    const row = this.#database
      .prepare<[string], { content: string }>('SELECT content FROM blobs WHERE digest = ?')
      .get(digest);
    const content = row && CID.parse(row.content);
    return content && (await this.#store.has(content)) ? content : undefined;
  }

  /**
   * Returns where a layer's change set is in the store, its recipe and its blob, the latter two if
   * they are kept, and whether or not the store still has any of it. Empty for an unknown layer.
   */
  rootsOfLayer({ diffId, digest }: { readonly diffId: Digest; readonly digest: Digest }): CID[] {
    return this.#database
      .prepare<[{ diffId: Digest; digest: Digest }], { cid: string }>(SELECT_ROOTS_OF_LAYER)
      .all({ diffId, digest })
      .map(({ cid }) => CID.parse(cid));
  }

  /** Records that the content of a layer's blob is kept as it came, in the place of what is known. */
  addBlob(digest: Digest, content: CID): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO blobs (digest, content) VALUES (?, ?)')
      .run(digest, content.toString());
  }

  /**
   * Records an unpacked layer in the place of what is known of it. A recipe that is known is kept
   * when the layer comes without one.
   */
  addLayer(layer: CatalogLayer): void {
    this.#database.prepare(UPSERT_LAYER).run(layerParameters(layer));
  }

  /**
   * Records an image, its chain and its layers in the place of what is known of them. An index that
   * is known is kept when the image comes without one.
   */
  addImage(image: NewCatalogImage, layers: readonly CatalogLayer[]): void {
    this.#database.write(() => {
      for (const layer of layers) this.addLayer(layer);
      this.#database.prepare(UPSERT_CHAIN).run(image.chainId, image.root.toString());
      this.#database.prepare(UPSERT_IMAGE).run(imageParameters(image));
      const insertLayer = this.#database.prepare(UPSERT_IMAGE_LAYER);
      for (const row of imageLayerParameters(image)) insertLayer.run(row);
    });
  }

  /**
   * Forgets every image but those with these manifests, and every layer and chain that none of
   * those needs, but for the layers with the diffIDs `looseLayers`. Returns how many images were
   * forgotten.
   */
  retainImages(manifestDigests: Iterable<Digest>, looseLayers: Iterable<Digest> = []): number {
    const kept = JSON.stringify([...manifestDigests]);
    return this.#database.write(() => {
      const { changes } = this.#database
        .prepare('DELETE FROM images WHERE manifest_digest NOT IN (SELECT value FROM json_each(?))')
        .run(kept);
      this.#database.prepare(DELETE_LOOSE_LAYERS).run(JSON.stringify([...looseLayers]));
      this.#database.exec(DELETE_UNUSED_CHAINS);
      this.#database.exec(DELETE_UNUSED_BLOBS);
      return changes;
    });
  }

  /**
   * Returns the CIDs whose blocks, and all that can be reached from them, the catalog needs: the
   * roots of a collection.
   */
  roots(): CID[] {
    const cids = this.#database.prepare<[], { cid: string }>(SELECT_ROOTS).all();
    return cids.map(({ cid }) => CID.parse(cid));
  }

  close(): void {
    this.#database.close();
  }

  async #isComplete(image: CatalogImage): Promise<boolean> {
    const cids = [image.root, image.manifest.cid, image.config.cid];
    for (const cid of cids) if (!(await this.#store.has(cid))) return false;
    for (const { diffId } of image.layers) if (!(await this.findLayer(diffId))) return false;
    return true;
  }

  #image(row: ImageRow): CatalogImage {
    const layers = this.#database
      .prepare<[string], ImageLayerRow>(SELECT_IMAGE_LAYERS)
      .all(row.manifest_digest);
    return toImage(row, layers);
  }
}
