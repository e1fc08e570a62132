/*
 * A tar archive from a guest becomes files of the host. Nothing that the archive holds can make a
 * write go elsewhere: an entry is made only in a directory that this run has made or has found to be
 * one, never through a symbolic link, and what stands in its place is replaced, not followed. Owners,
 * special mode bits, extended attributes and devices of the guest stay behind.
 */
import { constants } from 'node:fs';
import { link, lstat, lutimes, mkdir, open, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesOfByteString, type ByteString } from '../../base/bytes.js';
import { redact } from '../../base/redact.js';
import { MonoError } from '../../errors.js';
import { readTar } from '../../image/tar/read-tar.js';
import type { TarEntry } from '../../image/tar/tar-entry.js';
import { ioError } from '../../io/io-error.js';

/** Read, write and execute: set-user-ID and the like of a guest mean nothing good on the host. */
const PLAIN_MODE = 0o777;
/** So that the user can always write into what was copied. */
const OWNER_MODE = 0o700;
const OWNER_WRITE = 0o200;
const NANOSECONDS = 1e9;
const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;

/** What was copied. */
export interface CopyReport {
  readonly writtenEntries: number;
  /** devices, FIFOs and sockets, which are left out */
  readonly omittedEntries: number;
}

/**
 * Writes the files of `archive` at `target`: its first component, the same for all entries, becomes
 * that path.
 *
 * @throws {MonoError} `COPY_REFUSED` when an entry is outside of it; `LAYER_INVALID` when the archive
 *   is malformed; `IO_FAILED`, `DISK_FULL`
 */
export async function extractCopy(
  archive: AsyncIterable<Uint8Array>,
  target: string,
): Promise<CopyReport> {
  const writer = new CopyWriter(target);
  try {
    for await (const entry of readTar(archive)) await writer.write(entry);
    await writer.setTimes();
  } catch (error) {
    throw error instanceof Error && 'syscall' in error ? ioError(error, 'write', target) : error;
  }
  return writer.report();
}

class CopyWriter {
  readonly #target: string;
  /** places of directories that are real ones, by name in the archive; the first is above `target` */
  readonly #directories = new Map<string, string>();
  readonly #files = new Map<string, string>();
  /** of directories that were made: what is made in them later changes them */
  readonly #times = new Map<string, TarEntry['mtime']>();
  #first: string | undefined;
  #writtenEntries = 0;
  #omittedEntries = 0;

  constructor(target: string) {
    this.#target = target;
  }

  report(): CopyReport {
    return { writtenEntries: this.#writtenEntries, omittedEntries: this.#omittedEntries };
  }

  async write(entry: TarEntry): Promise<void> {
    const name = componentsOf(entry.name);
    const place = this.#placeOf(name, entry.name);
    const key = name.join('/');
    if (entry.kind === 'directory') {
      const isNew = await makeDirectory(place, entry.mode & PLAIN_MODE);
      if (isNew) this.#times.set(place, entry.mtime);
    } else if (!(await this.#writeLeaf(entry, place))) {
      this.#omittedEntries++;
      return;
    }
    this.#writtenEntries++;
    (entry.kind === 'directory' ? this.#directories : this.#files).set(key, place);
  }

  /** Gives directories their times, once nothing more is made in them. */
  async setTimes(): Promise<void> {
    for (const [place, mtime] of this.#times) await setTime(place, mtime);
  }

  async #writeLeaf(entry: TarEntry, place: string): Promise<boolean> {
    switch (entry.kind) {
      case 'file':
        await rm(place, { force: true });
        await writeFile(entry, place);
        await setTime(place, entry.mtime);
        return true;
      case 'symlink':
        await rm(place, { force: true });
        await symlink(Buffer.from(bytesOfByteString(entry.linkName)), place);
        await setTime(place, entry.mtime);
        return true;
      case 'hardLink': {
        const first = this.#files.get(componentsOf(entry.linkName).join('/'));
        if (first === undefined) throw refused(entry.linkName);
        await rm(place, { force: true });
        await link(first, place);
        return true;
      }
      default:
        return false;
    }
  }

  #placeOf(name: readonly string[], shown: ByteString): string {
    const [first, ...below] = name;
    this.#first ??= first;
    const last = below.at(-1);
    if (first === undefined || first !== this.#first) throw refused(shown);
    if (last === undefined) return this.#target;
    const parent = this.#directories.get(name.slice(0, -1).join('/'));
    if (parent === undefined) throw refused(shown);
    return join(parent, last);
  }
}

/**
 * Returns whether a directory was made: one that is there already stays, anything else of that name is
 * replaced.
 */
async function makeDirectory(place: string, mode: number): Promise<boolean> {
  const there = await lstat(place).catch(() => undefined);
  if (there?.isDirectory()) return false;
  if (there) await rm(place);
  await mkdir(place, mode | OWNER_MODE);
  return true;
}

async function setTime(place: string, { seconds, nanoseconds }: TarEntry['mtime']): Promise<void> {
  const time = seconds + nanoseconds / NANOSECONDS;
  await lutimes(place, time, time);
}

async function writeFile(entry: TarEntry, place: string): Promise<void> {
  const mode = entry.mode & PLAIN_MODE;
  const file = await open(place, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode | OWNER_WRITE);
  try {
    for await (const piece of entry.content) await file.writeFile(piece);
    await file.chmod(mode);
  } finally {
    await file.close();
  }
}

/** The parts of a name; `.` alone is the name of an archive's root. */
function componentsOf(name: ByteString): string[] {
  const text = Buffer.from(bytesOfByteString(name)).toString('utf8');
  const parts = text.split('/').filter((part) => part !== '');
  if (parts.slice(1).includes('.') || parts.includes('..') || text.startsWith('/')) {
    throw refused(name);
  }
  return parts;
}

function refused(name: ByteString): MonoError {
  const shown = redact(Buffer.from(bytesOfByteString(name)).toString('utf8'));
  return new MonoError(
    'COPY_REFUSED',
    `Cannot copy \`${shown}\`: it is outside of what was asked for`,
    {
      details: { name: shown },
      hint: 'The sandbox has sent an archive that would write elsewhere; do not trust it.',
    },
  );
}
