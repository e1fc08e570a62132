/** Images with what is known of their chain and, summed up, their layers. */
export const SELECT_IMAGES = `
  SELECT images.*, chains.root,
    (SELECT coalesce(sum(layers.unpacked_bytes), 0)
       FROM image_layers JOIN layers USING (diff_id)
      WHERE image_layers.manifest_digest = images.manifest_digest) AS unpacked_bytes
    FROM images JOIN chains USING (chain_id)`;

/** Layers of an image, bottom layer first. */
export const SELECT_IMAGE_LAYERS =
  'SELECT * FROM image_layers WHERE manifest_digest = ? ORDER BY position';

/** Everything in the store that the catalog points to. */
export const SELECT_ROOTS = `
  SELECT change_set AS cid FROM layers
  UNION SELECT recipe FROM layers WHERE recipe IS NOT NULL
  UNION SELECT root FROM chains
  UNION SELECT manifest_cid FROM images
  UNION SELECT config_cid FROM images
  UNION SELECT index_cid FROM images WHERE index_cid IS NOT NULL
  UNION SELECT content FROM blobs
  ORDER BY cid`;

/** The change set of a layer, its recipe and its blob, in this order, as far as they are kept. */
export const SELECT_ROOTS_OF_LAYER = `
  SELECT change_set AS cid FROM layers WHERE diff_id = @diffId
  UNION ALL SELECT recipe FROM layers WHERE diff_id = @diffId AND recipe IS NOT NULL
  UNION ALL SELECT content FROM blobs WHERE digest = @digest`;

export const UPSERT_LAYER = `
  INSERT INTO layers (diff_id, change_set, unpacked_bytes, entry_count, added_at, recipe)
  VALUES (@diffId, @changeSet, @unpackedBytes, @entryCount, @addedAt, @recipe)
  ON CONFLICT (diff_id) DO UPDATE SET change_set = excluded.change_set,
    unpacked_bytes = excluded.unpacked_bytes, entry_count = excluded.entry_count,
    added_at = excluded.added_at, recipe = coalesce(excluded.recipe, recipe)`;

export const UPSERT_CHAIN = `
  INSERT INTO chains (chain_id, root) VALUES (?, ?)
  ON CONFLICT (chain_id) DO UPDATE SET root = excluded.root`;

export const UPSERT_IMAGE = `
  INSERT INTO images (manifest_digest, manifest_cid, manifest_media_type, index_digest, index_cid,
    config_digest, config_cid, platform, chain_id, added_at)
  VALUES (@manifestDigest, @manifestCid, @manifestMediaType, @indexDigest, @indexCid,
    @configDigest, @configCid, @platform, @chainId, @addedAt)
  ON CONFLICT (manifest_digest) DO UPDATE SET
    index_digest = coalesce(excluded.index_digest, index_digest),
    index_cid = coalesce(excluded.index_cid, index_cid),
    manifest_cid = excluded.manifest_cid, config_cid = excluded.config_cid,
    platform = excluded.platform, chain_id = excluded.chain_id, added_at = excluded.added_at`;

export const UPSERT_IMAGE_LAYER = `
  INSERT OR REPLACE INTO image_layers
    (manifest_digest, position, diff_id, digest, media_type, size_bytes)
  VALUES (@manifestDigest, @position, @diffId, @digest, @mediaType, @sizeBytes)`;

/** Layers that belong to no image: what an install has left that did not come to its end. */
export const SELECT_LOOSE_LAYERS =
  'SELECT * FROM layers WHERE diff_id NOT IN (SELECT diff_id FROM image_layers) ORDER BY diff_id';

/** Layers that no image needs, but for a list of diffIDs as JSON. */
export const DELETE_LOOSE_LAYERS = `
  DELETE FROM layers WHERE diff_id NOT IN (SELECT diff_id FROM image_layers)
    AND diff_id NOT IN (SELECT value FROM json_each(?))`;

/** Kept blobs that no image needs. */
export const DELETE_UNUSED_BLOBS =
  'DELETE FROM blobs WHERE digest NOT IN (SELECT digest FROM image_layers)';

export const DELETE_UNUSED_CHAINS =
  'DELETE FROM chains WHERE chain_id NOT IN (SELECT chain_id FROM images)';
