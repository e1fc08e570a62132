/**
 * Walks a directory of the host.
 *
 * Every directory is opened once, without following a symbolic link, and from then on reached through
 * its descriptor. So nothing that is renamed or replaced meanwhile can lead out of the root, and what
 * is not what it was a moment ago is an error, never another file's content.
 */
import { constants, type BigIntStats } from 'node:fs';
import { lstat, open, readdir, type FileHandle } from 'node:fs/promises';
import { throwIfAborted } from '../../base/async.js';
import { byteStringFromBytes, type ByteString } from '../../base/bytes.js';
import { ioError } from '../../io/io-error.js';
import { readTreeXattrs, type TreeXattrs } from '../../io/tree-xattrs.js';
import type { BytesWriter } from '../../store/ipld-store.js';
import type { Attributes } from '../entry.js';
import { joinPath, ROOT_PATH } from '../path.js';
import type { OpenDirectory } from '../transaction/transaction.js';
import { changedMeanwhile, isRace, unreadable, type HostEntry } from './host-entry.js';
import { attributesIn } from './host-stat.js';
import { readHostLeaf } from './read-host-leaf.js';

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;
const OPEN_DIRECTORY = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;

/** Labels that the security policy of this host gives: they say nothing about the content. */
const HOST_LABELS: ReadonlySet<string> = new Set([
  'security.selinux',
  'security.ima',
  'security.evm',
]);

/** What happens to what the user may not read: the walk ends, or goes on without it. */
export type UnreadablePolicy = 'fail' | 'skip';

/** How a directory of the host is read. */
export interface ReadHostTreeOptions {
  readonly path: string;
  /** default `fail`; an unreadable directory that is skipped is there, and empty */
  readonly unreadable?: UnreadablePolicy;
  /** whether directories on which another file system is mounted come as empty ones; default false */
  readonly oneFileSystem?: boolean;
  /** the program that reads extended attributes; default `getfattr`; `null`: none are read */
  readonly xattrProgram?: string | null;
  readonly signal?: AbortSignal | undefined;
}

/** What a walk has left out so far. */
export interface HostTreeReport {
  /** directories, files and names that the user may not read */
  unreadableEntries: number;
  /** whether extended attributes were read: not when the program for it is missing */
  hasXattrs: boolean;
}

/**
 * Yields all that is in a directory of the host, the directory itself first, a directory before what
 * it has, names in byte order. Stores the content of files. What is left out is counted in `report`,
 * which holds once the walk has ended. Keeps one descriptor open for each level of depth.
 *
 * @throws {MonoError} `FS_UNREADABLE` when something may not be read and the policy is `fail`;
 *   `FS_CHANGED` when something changes while it is read; `IO_FAILED`; `CANCELLED`; as `putBytes`
 */
export async function* readHostTree(
  store: BytesWriter,
  options: ReadHostTreeOptions,
  report: HostTreeReport = { unreadableEntries: 0, hasXattrs: false },
): AsyncGenerator<HostEntry> {
  const opened: OpenHostDirectory[] = [];
  try {
    const context = await openRoot(store, options, { opened, report });
    yield { path: ROOT_PATH, entry: directoryEntry(context, opened[0] as OpenHostDirectory) };
    for (let last = opened.at(-1); last !== undefined; last = opened.at(-1)) {
      throwIfAborted(options.signal);
      const name = last.names.pop();
      if (name !== undefined) {
        const entry = await readName(context, last, name);
        if (entry) yield entry;
        continue;
      }
      opened.pop();
      await last.handle.close();
    }
  } catch (error) {
    throw ioError(error, 'import', options.path);
  } finally {
    for (const { handle } of opened) await handle.close();
  }
}

interface WalkContext {
  readonly store: BytesWriter;
  readonly options: ReadHostTreeOptions;
  readonly opened: OpenHostDirectory[];
  readonly report: HostTreeReport;
  readonly xattrs: TreeXattrs;
  readonly device: bigint;
  /** the first entry of each file that has several names, by file system and inode */
  readonly linked: Map<string, HostEntry>;
}

interface OpenHostDirectory {
  readonly path: ByteString;
  readonly handle: FileHandle;
  readonly status: BigIntStats;
  /** names that have not come yet, the next one last */
  readonly names: Buffer[];
}

async function openRoot(
  store: BytesWriter,
  options: ReadHostTreeOptions,
  walk: Pick<WalkContext, 'opened' | 'report'>,
): Promise<WalkContext> {
  // A root may be given by a symbolic link; what is below may not.
  const handle = await open(options.path, O_RDONLY | O_DIRECTORY).catch((error: unknown) => {
    throw isDenied(error) ? unreadable(ROOT_PATH, error) : error;
  });
  const status = await handle.stat({ bigint: true });
  const root = { path: ROOT_PATH, handle, status, names: [] as Buffer[] };
  walk.opened.push(root);
  root.names.push(...(await namesIn(handle)));
  const program = options.xattrProgram;
  const xattrs =
    program === null
      ? undefined
      : await readTreeXattrs(handle, { ...(program ? { program } : {}), signal: options.signal });
  walk.report.hasXattrs = xattrs !== undefined;
  return {
    ...{ store, options, ...walk },
    ...{ xattrs: xattrs ?? new Map(), device: status.dev, linked: new Map() },
  };
}

async function namesIn(handle: FileHandle): Promise<Buffer[]> {
  const names = await readdir(`/proc/self/fd/${handle.fd}`, { encoding: 'buffer' });
  return names.sort((left, right) => right.compare(left));
}

/** Returns the entry of `name`; `undefined` for one that is left out. */
async function readName(
  context: WalkContext,
  parent: OpenHostDirectory,
  name: Buffer,
): Promise<HostEntry | undefined> {
  const path = joinPath(parent.path, byteStringFromBytes(name));
  const place = Buffer.concat([Buffer.from(`/proc/self/fd/${parent.handle.fd}/`), name]);
  try {
    const status = await lstat(place, { bigint: true });
    if (status.isDirectory()) return await readDirectoryAt(context, { path, place, status });
    return await readLeafAt(context, { path, place, status });
  } catch (error) {
    if (!isDenied(error)) throw isRace(error) ? changedMeanwhile(path, error) : error;
    if (context.options.unreadable !== 'skip') throw unreadable(path, error);
    context.report.unreadableEntries += 1;
    return undefined;
  }
}

interface HostPlace {
  readonly path: ByteString;
  readonly place: Buffer;
  readonly status: BigIntStats;
}

async function readDirectoryAt(
  context: WalkContext,
  { path, place, status }: HostPlace,
): Promise<HostEntry> {
  const { options, report } = context;
  const empty = { path, status, names: [] };
  if (options.oneFileSystem && status.dev !== context.device) {
    return { path, entry: directoryEntry(context, empty) };
  }
  let handle: FileHandle;
  try {
    handle = await open(place, OPEN_DIRECTORY);
  } catch (error) {
    if (!isDenied(error) || options.unreadable !== 'skip') throw error;
    report.unreadableEntries += 1;
    return { path, entry: directoryEntry(context, empty) };
  }
  const directory = { path, handle, status: await handle.stat({ bigint: true }), names: [] };
  context.opened.push({ ...directory, names: await namesIn(handle) });
  return { path, entry: directoryEntry(context, directory) };
}

async function readLeafAt(
  context: WalkContext,
  { path, place, status }: HostPlace,
): Promise<HostEntry> {
  const inode = status.nlink > 1n ? `${status.dev}:${status.ino}` : undefined;
  const first = inode === undefined ? undefined : context.linked.get(inode);
  if (first) return { path, entry: first.entry, linkTarget: first.path };
  const attributes = attributesAt(context, path, status);
  const leaf = {
    path,
    entry: await readHostLeaf(context.store, { path, place, status, attributes }),
  };
  if (inode !== undefined) context.linked.set(inode, leaf);
  return leaf;
}

function directoryEntry(
  context: WalkContext,
  { path, status }: Pick<OpenHostDirectory, 'path' | 'status'>,
): OpenDirectory {
  return { kind: 'directory', ...attributesAt(context, path, status) };
}

function attributesAt(context: WalkContext, path: ByteString, status: BigIntStats): Attributes {
  const found = context.xattrs.get(path);
  const kept = [...(found ?? [])].filter(([name]) => !HOST_LABELS.has(name));
  return { ...attributesIn(status), xattrs: new Map(kept) };
}

function isDenied(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'EACCES' || code === 'EPERM';
}
