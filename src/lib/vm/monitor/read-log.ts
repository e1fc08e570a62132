import { open, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LOG_HEADER_BYTES, MONITOR_FILES } from './monitor-frame-types.js';

/** How often a log that is followed is looked at, in `ms`. */
const FOLLOW_POLL_MS = 100;
/** A record holds one piece of a stream; what claims to be longer is not one. */
const MAX_RECORD_BYTES = 131_072;

/** A piece of what the main process of a sandbox has written. */
export interface LogRecord {
  /** when it came, in milliseconds since the epoch */
  readonly atMs: number;
  readonly stream: 'stdout' | 'stderr';
  readonly bytes: Uint8Array;
}

/**
 * Yields the log of the sandbox in `directory`, the oldest record first, and undefined whenever there
 * is no more for now. With `isOver`, goes on with what is added until that returns true and there is
 * no more. Ends where a record is cut off: its monitor was killed.
 */
export async function* readLog(
  directory: string,
  isOver: () => Promise<boolean> = () => Promise.resolve(true),
): AsyncGenerator<LogRecord | undefined, void> {
  const path = join(directory, MONITOR_FILES.log);
  const old = await tryOpen(join(directory, MONITOR_FILES.oldLog));
  if (old) {
    yield* recordsOf(old, { at: 0 });
    await old.close();
  }
  let file = await tryOpen(path);
  const place = { at: 0 };
  for (;;) {
    const over = await isOver();
    if (file) yield* recordsOf(file, place);
    if (over) break;
    yield undefined;
    await sleep(FOLLOW_POLL_MS);
    const next: FileHandle | undefined = await replaced(path, file);
    if (!next) continue;
    if (file) yield* recordsOf(file, place);
    await file?.close();
    file = next;
    place.at = 0;
  }
  await file?.close();
}

async function* recordsOf(
  file: FileHandle,
  place: { at: number },
): AsyncGenerator<LogRecord, void> {
  for (;;) {
    const header = await readExactly(file, place.at, LOG_HEADER_BYTES);
    const length = header?.readUInt32LE(12) ?? 0;
    if (!header || length > MAX_RECORD_BYTES) return;
    const bytes = await readExactly(file, place.at + LOG_HEADER_BYTES, length);
    if (!bytes) return;
    place.at += LOG_HEADER_BYTES + length;
    const stream = header[8] === 2 ? 'stderr' : 'stdout';
    yield { atMs: Number(header.readBigUInt64LE(0)), stream, bytes };
  }
}

async function readExactly(
  file: FileHandle,
  at: number,
  lengthBytes: number,
): Promise<Buffer | undefined> {
  const buffer = Buffer.alloc(lengthBytes);
  const { bytesRead } = await file.read(buffer, 0, lengthBytes, at);
  return bytesRead === lengthBytes ? buffer : undefined;
}

/** Returns the file that has taken the place of the one that is read, if one has. */
async function replaced(
  path: string,
  file: FileHandle | undefined,
): Promise<FileHandle | undefined> {
  const now = await stat(path).catch(() => undefined);
  const held = await file?.stat();
  return now && now.ino !== held?.ino ? tryOpen(path) : undefined;
}

async function tryOpen(path: string): Promise<FileHandle | undefined> {
  return open(path, 'r').catch(() => undefined);
}
