import { MonoError } from '../../errors.js';

/** An operation of a batch, all of which happen or none. */
export type RocksOperation =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array };

/** What is used of an open RocksDB database. */
export interface RocksDatabase {
  open(): Promise<void>;
  close(): Promise<void>;
  getMany(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]>;
  /** With `sync` everything that was written until now is durable when this resolves. */
  batch(operations: readonly RocksOperation[], options: { readonly sync: boolean }): Promise<void>;
  /** Yields the keys from `gte` on and below `lt`, in order. */
  keys(range: { readonly gte: Uint8Array; readonly lt: Uint8Array }): AsyncIterable<Uint8Array>;
}

/** What is used of the package. */
interface RocksModule {
  readonly RocksLevel: new (
    path: string,
    options: { readonly keyEncoding: 'buffer'; readonly valueEncoding: 'buffer' },
  ) => RocksDatabase;
}

const PACKAGE = '@nxtedition/rocksdb';

/**
 * Returns the database in a directory, not opened yet. The package is optional and is loaded here.
 *
 * @throws {MonoError} `STORE_BACKEND_MISSING`
 */
export async function loadRocksDb(
  path: string,
  load: () => Promise<unknown> = importPackage,
): Promise<RocksDatabase> {
  const { RocksLevel } = await loadModule(load);
  return new RocksLevel(path, { keyEncoding: 'buffer', valueEncoding: 'buffer' });
}

async function loadModule(load: () => Promise<unknown>): Promise<RocksModule> {
  try {
    return (await load()) as RocksModule;
  } catch (error) {
    throw new MonoError(
      'STORE_BACKEND_MISSING',
      `Cannot open a RocksDB store: the package \`${PACKAGE}\` is not installed or does not load here`,
      { details: { package: PACKAGE }, hint: `Run \`npm install ${PACKAGE}@12\`.`, cause: error },
    );
  }
}

async function importPackage(): Promise<unknown> {
  // @ts-expect-error -- the package has no types, and need not be there
  const module: unknown = await import('@nxtedition/rocksdb');
  return module;
}
