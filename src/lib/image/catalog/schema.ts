/**
 * Migrations of `images.db`. Digests are text as OCI writes them, CIDs are text in base 32, sizes are
 * bytes, times are `ms` since 1970.
 *
 * `blobs` are compressed layers that are kept as they came, so that nobody need be asked for them
 * again; of uncompressed ones `layers.recipe` is what their archive is made from.
 * `layers` and `chains` are caches of work done: a layer's diffID and its change set, a chainID and
 * the tree that flattening gave. `images` holds what is installed.
 */
export const CATALOG_MIGRATIONS: readonly string[] = [
  `CREATE TABLE layers (
     diff_id TEXT PRIMARY KEY,
     change_set TEXT NOT NULL,
     unpacked_bytes INTEGER NOT NULL,
     entry_count INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE chains (
     chain_id TEXT PRIMARY KEY,
     root TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE images (
     manifest_digest TEXT PRIMARY KEY,
     manifest_cid TEXT NOT NULL,
     manifest_media_type TEXT NOT NULL,
     index_digest TEXT,
     index_cid TEXT,
     config_digest TEXT NOT NULL,
     config_cid TEXT NOT NULL,
     platform TEXT NOT NULL,
     chain_id TEXT NOT NULL REFERENCES chains (chain_id)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE image_layers (
     manifest_digest TEXT NOT NULL REFERENCES images (manifest_digest) ON DELETE CASCADE,
     position INTEGER NOT NULL,
     diff_id TEXT NOT NULL REFERENCES layers (diff_id),
     digest TEXT NOT NULL,
     media_type TEXT NOT NULL,
     size_bytes INTEGER NOT NULL,
     PRIMARY KEY (manifest_digest, position)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX image_layers_by_diff_id ON image_layers (diff_id);
   CREATE INDEX images_by_chain_id ON images (chain_id);`,
  `ALTER TABLE layers ADD COLUMN added_at INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE images ADD COLUMN added_at INTEGER NOT NULL DEFAULT 0;`,
  `CREATE TABLE blobs (
     digest TEXT PRIMARY KEY,
     content TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;`,
  `ALTER TABLE layers ADD COLUMN recipe TEXT;`,
];
