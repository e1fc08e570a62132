import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { mkdir, open, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '../../io/atomic-file.js';
import { type BlockKey } from '../block/block-id.js';
import { flatNameOf, keyOfFlatName } from './flat-format.js';

const SHARDS = 256;
const HEX = 16;

/** A temporary file: it is written once, from its start, and then takes its name. */
export interface TemporaryFile {
  readonly path: string;
  write(bytes: Uint8Array): Promise<void>;
  /** Makes content and length durable. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** The files of a flat store: every change that a store makes to them goes through here. */
export interface FlatFiles {
  pathOf(key: BlockKey): string;
  /** Returns the number of the directory of a block. */
  shardOf(key: BlockKey): number;
  /** Creates the directory of a shard where it is missing, durable. */
  createShard(shard: number): Promise<void>;
  createTemporary(): Promise<TemporaryFile>;
  /** Gives a temporary file the name of a block. */
  rename(temporaryPath: string, key: BlockKey): Promise<void>;
  remove(path: string): Promise<void>;
  /** Makes the names in a directory of blocks durable. */
  syncShard(shard: number): Promise<void>;
  /** Yields the keys of all blocks, one directory after the other. */
  keys(): Iterable<BlockKey>;
  /** Returns the temporary files: of this moment's puts, and what crashes left. */
  temporaries(): Promise<readonly { readonly path: string; readonly fileBytes: number }[]>;
}

/** Creates what is missing of the directories of a flat store, durable but for those of shards. */
export async function createFlatDirectories(directory: string): Promise<void> {
  await mkdir(join(directory, 'tmp'), { recursive: true });
  await mkdir(join(directory, 'blocks'), { recursive: true });
  await syncDirectory(directory);
}

/** Returns the files of the store in `directory`. */
export function flatFilesIn(directory: string): FlatFiles {
  const blocks = join(directory, 'blocks');
  const temporary = join(directory, 'tmp');

  function pathOf(key: BlockKey): string {
    return join(blocks, shardName(key.charCodeAt(1)), flatNameOf(key));
  }
  return {
    pathOf,
    shardOf: (key) => key.charCodeAt(1),
    async createShard(shard) {
      await mkdir(join(blocks, shardName(shard)), { recursive: true });
      await syncDirectory(blocks);
    },
    createTemporary: () => createTemporary(join(temporary, randomBytes(16).toString('hex'))),
    rename: (path, key) => rename(path, pathOf(key)),
    remove: (path) => unlink(path),
    syncShard: (shard) => syncDirectory(join(blocks, shardName(shard))),
    *keys() {
      for (const shard of shards()) {
        for (const name of namesIn(join(blocks, shard))) {
          const key = keyOfFlatName(name);
          if (key !== undefined && name.startsWith(shard)) yield key;
        }
      }
    },
    async temporaries() {
      const files = [];
      for (const name of namesIn(temporary)) {
        const path = join(temporary, name);
        files.push({ path, fileBytes: (await stat(path)).size });
      }
      return files;
    },
  };
}

async function createTemporary(path: string): Promise<TemporaryFile> {
  const handle = await open(path, 'wx', 0o644);
  return {
    path,
    write: (bytes) => handle.writeFile(bytes),
    sync: () => handle.sync(),
    close: () => handle.close(),
  };
}

function* shards(): Generator<string> {
  for (let shard = 0; shard < SHARDS; shard++) yield shardName(shard);
}

function shardName(shard: number): string {
  return shard.toString(HEX).padStart(2, '0');
}

/** Returns the names in a directory, none where it is missing: shards come with their first block. */
function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (isMissingFile(error)) return [];
    throw error;
  }
}

/** Returns whether `error` says that there is no such file. */
export function isMissingFile(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
