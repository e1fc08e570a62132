/**
 * Extended attributes of everything below a directory. Node has no call that reads them, so the
 * program `getfattr` (package `attr`) is asked once for the whole tree.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { FileHandle } from 'node:fs/promises';
import { throwIfAborted } from '../base/async.js';
import { byteStringFromBytes, type ByteString } from '../base/bytes.js';
import { MonoError } from '../errors.js';
import { ioError } from './io-error.js';

/**
 * The most that the attributes of one tree may take in memory, in `bytes`. Those of a whole
 * distribution take some kilobytes; a tree that was made to fill the memory is stopped here.
 */
export const MAX_TREE_XATTR_BYTES = 256 * 1024 * 1024;

/** Attributes by path relative to the directory (itself the empty path), names in byte order. */
export type TreeXattrs = ReadonlyMap<ByteString, ReadonlyMap<ByteString, Uint8Array>>;

/** Physical walk, links themselves, every name space, values in hexadecimal. */
const ARGUMENTS = ['-R', '-P', '-h', '-d', '-m', '-', '-e', 'hex', '.'];
const FILE_LINE = '# file: ';
const VALUE_MARK = '=0x';
const LINE_FEED = 0x0a;

/**
 * Returns the extended attributes that the user may read of the open directory and all below it;
 * `undefined` when the program `getfattr` is not installed. Symbolic links are not followed.
 *
 * @throws {MonoError} `IO_FAILED` when the program cannot be run, or there are more than
 *   {@link MAX_TREE_XATTR_BYTES} of them
 */
export async function readTreeXattrs(
  directory: FileHandle,
  options: { readonly program?: string; readonly signal?: AbortSignal | undefined } = {},
): Promise<TreeXattrs | undefined> {
  const { program = 'getfattr' } = options;
  const child = spawn(program, ARGUMENTS, {
    cwd: `/proc/self/fd/${directory.fd}`,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  try {
    await once(child, 'spawn');
    return await parseDump(child, options.signal);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw ioError(error, 'read extended attributes with', program);
  } finally {
    child.kill('SIGKILL');
  }
}

async function parseDump(
  child: ChildProcess,
  signal: AbortSignal | undefined,
): Promise<TreeXattrs> {
  const found = new Map<ByteString, Map<ByteString, Uint8Array>>();
  let current = new Map<ByteString, Uint8Array>();
  let sizeBytes = 0;
  for await (const line of linesOf(child.stdout as AsyncIterable<Uint8Array>)) {
    throwIfAborted(signal);
    if (line === '') continue;
    sizeBytes += line.length;
    if (sizeBytes > MAX_TREE_XATTR_BYTES) throw tooMany();
    if (line.startsWith(FILE_LINE)) {
      const path = unescape(line.slice(FILE_LINE.length));
      current = new Map();
      found.set(path === '.' ? ('' as ByteString) : path, current);
      continue;
    }
    const mark = line.lastIndexOf(VALUE_MARK);
    const value = Buffer.from(line.slice(mark + VALUE_MARK.length), 'hex');
    current.set(unescape(line.slice(0, mark)), new Uint8Array(value));
  }
  for (const [path, xattrs] of found) found.set(path, sortedByName(xattrs));
  return found;
}

async function* linesOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let rest = Buffer.alloc(0);
  for await (const piece of source) {
    let start = 0;
    const bytes = Buffer.concat([rest, piece]);
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
      yield byteStringFromBytes(bytes.subarray(start, end));
      start = end + 1;
    }
    rest = bytes.subarray(start);
    if (rest.length > MAX_TREE_XATTR_BYTES) throw tooMany();
  }
}

function sortedByName(xattrs: ReadonlyMap<ByteString, Uint8Array>): Map<ByteString, Uint8Array> {
  return new Map([...xattrs].sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** `getfattr` writes unusual bytes of paths and names as `\ooo`. */
function unescape(text: string): ByteString {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  ) as ByteString;
}

function tooMany(): MonoError {
  return new MonoError(
    'IO_FAILED',
    `Cannot read extended attributes: they take more than ${MAX_TREE_XATTR_BYTES} bytes`,
  );
}
