import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { collect } from '../../../../src/lib/base/async.js';
import type { ByteSource } from '../../../../src/lib/base/bytes.js';
import { digestOf, type Digest } from '../../../../src/lib/base/digest.js';
import { MonoError } from '../../../../src/lib/errors.js';
import { partialPath } from '../../../../src/lib/image/pull/download/partial-files.js';
import {
  MIN_KEPT_BYTES,
  sharedDownloads,
  type BlobTask,
} from '../../../../src/lib/image/pull/download/shared-downloads.js';
import { rejectionOf } from '../../../support/failure.js';
import { pseudoRandomBytes } from '../../../support/random-bytes.js';
import { useTemporaryDirectory } from '../../../support/temporary-directory.js';

const BLOB = Buffer.from(pseudoRandomBytes(MIN_KEPT_BYTES + 3_000_000, 1));
const DIGEST = digestOf(BLOB);
const MIB = 1 << 20;

describe('sharedDownloads()', () => {
  const temporary = useTemporaryDirectory();
  const directory = (): string => join(temporary(), 'cache', 'downloads');

  it('gives the blob to one of those who want it, and what it became to all', async () => {
    const registry = new Registry();

    const outcomes = await Promise.all(
      [1, 2, 3, 4].map(() => sharedDownloads(directory()).run(registry.task())),
    );

    expect(registry.fetches).toEqual([0]);
    expect(outcomes.map(({ value }) => value)).toEqual([DIGEST, DIGEST, DIGEST, DIGEST]);
    expect(outcomes.filter(({ isShared }) => isShared)).toHaveLength(3);
  });

  it('downloads different blobs at the same time', async () => {
    const one = new Registry();
    const other = new Registry(Buffer.from(pseudoRandomBytes(MIN_KEPT_BYTES, 2)));
    const downloads = sharedDownloads(directory());
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));

    const first = downloads.run({ ...one.task(), find: () => held.then(() => undefined) });
    await downloads.run(other.task());
    release();

    expect((await first).value).toBe(DIGEST);
  });

  it('leaves no bytes behind when a blob has been used', async () => {
    await sharedDownloads(directory()).run(new Registry().task());

    expect(readdirSync(directory()).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });

  it('lets nobody find what a blob became while bytes of it are left', async () => {
    const task = new Registry().task();
    let partialsAtRecord: string[] = [];

    await sharedDownloads(directory()).run({
      ...task,
      record: () => (partialsAtRecord = readdirSync(directory())),
    });

    expect(partialsAtRecord.filter((name) => name.endsWith('.partial'))).toEqual([]);
  });

  it('asks for the rest only after a broken download', async () => {
    const registry = new Registry();
    const broken = { ...registry.task(), fetch: registry.breaksAt(3 * MIB + 5) };
    await rejectionOf(sharedDownloads(directory()).run(broken));

    const kept = readFileSync(partialPath(directory(), DIGEST));
    const { value } = await sharedDownloads(directory()).run(registry.task());

    expect(kept.equals(BLOB.subarray(0, 3 * MIB + 5))).toBe(true);
    expect(value).toBe(DIGEST);
    expect(registry.fetches).toEqual([0, 3 * MIB + 5]);
    expect(existsSync(partialPath(directory(), DIGEST))).toBe(false);
  });

  it('fetches nothing when all of the blob was kept', async () => {
    mkdirSync(directory(), { recursive: true });
    writeFileSync(partialPath(directory(), DIGEST), BLOB);
    const registry = new Registry();

    const { value } = await sharedDownloads(directory()).run(registry.task());

    expect(value).toBe(DIGEST);
    expect(registry.fetches).toEqual([BLOB.length]);
  });

  it.each<[string, Buffer]>([
    ['other bytes', Buffer.alloc(MIB)],
    ['more bytes than the blob has', Buffer.alloc(BLOB.length + 1)],
    ['all bytes, one of them wrong', Buffer.from(BLOB).fill(0, 77, 78)],
  ])('starts anew when what was kept is %s', async (_name, kept) => {
    mkdirSync(directory(), { recursive: true });
    writeFileSync(partialPath(directory(), DIGEST), kept);
    const registry = new Registry();

    const { value } = await sharedDownloads(directory()).run(registry.task());

    expect(value).toBe(DIGEST);
    expect(registry.fetches.at(-1)).toBe(0);
    expect(existsSync(partialPath(directory(), DIGEST))).toBe(false);
  });

  it('throws the bytes of a blob away that cannot be used', async () => {
    const unusable = new MonoError('LAYER_INVALID', 'Cannot unpack');
    const task = { ...new Registry().task(), use: () => Promise.reject(unusable) };

    const error = await rejectionOf(sharedDownloads(directory()).run(task));

    expect(error).toBe(unusable);
    expect(existsSync(partialPath(directory(), DIGEST))).toBe(false);
  });

  it('keeps no small blobs', async () => {
    const registry = new Registry(BLOB.subarray(0, MIN_KEPT_BYTES - 1));
    const broken = { ...registry.task(), fetch: registry.breaksAt(2 * MIB - 2) };

    await rejectionOf(sharedDownloads(directory()).run(broken));

    expect(existsSync(partialPath(directory(), registry.digest))).toBe(false);
  });

  it('downloads all the same where nothing can be kept', async () => {
    writeFileSync(join(temporary(), 'cache'), 'in the way');

    const { value } = await sharedDownloads(directory()).run(new Registry().task());

    expect(value).toBe(DIGEST);
  });

  it('stops waiting when it is cancelled', async () => {
    const registry = new Registry();
    let finish = (): void => undefined;
    const holder = sharedDownloads(directory()).run({
      ...registry.task(),
      find: () => new Promise<Digest>((resolve) => (finish = () => resolve(DIGEST))),
    });
    const abort = new AbortController();
    const waiting = sharedDownloads(directory()).run({ ...registry.task(), signal: abort.signal });

    setTimeout(() => abort.abort(), 60);
    const error = await rejectionOf(waiting);
    finish();
    await holder;

    expect(error.code).toBe('CANCELLED');
    expect(registry.fetches).toEqual([]);
  });

  it('gives downloads up that nobody has gone on with for a week', async () => {
    mkdirSync(directory(), { recursive: true });
    const [old, recent] = ['a', 'b'].map((text) =>
      partialPath(directory(), digestOf(Buffer.from(text))),
    );
    for (const path of [old!, recent!]) writeFileSync(path, 'x');
    const eightDaysAgo = new Date(Date.now() - 8 * 86_400_000);
    utimesSync(old!, eightDaysAgo, eightDaysAgo);

    await sharedDownloads(directory()).run(new Registry().task());

    expect([existsSync(old!), existsSync(recent!)]).toEqual([false, true]);
  });
});

/** A registry with one blob, and a store for what it becomes: its digest. */
class Registry {
  readonly digest: Digest;
  /** sizes of the prefixes with which the blob was asked for */
  readonly fetches: number[] = [];
  readonly #blob: Buffer;
  #stored: Digest | undefined;

  constructor(blob: Buffer = BLOB) {
    this.#blob = blob;
    this.digest = digestOf(blob);
  }

  task(): BlobTask<Digest> {
    const { digest } = this;
    return {
      descriptor: { digest, sizeBytes: this.#blob.length, mediaType: 'application/octet-stream' },
      find: () => Promise.resolve(this.#stored),
      fetch: (prefix) => this.#serve(prefix, this.#blob.length),
      use: async (bytes) => {
        const tooLarge = (): MonoError => new MonoError('BLOB_SIZE_MISMATCH', 'too large');
        const whole = await collect(bytes, { limitBytes: this.#blob.length, tooLarge });
        const actual = digestOf(whole);
        if (actual !== digest) throw new MonoError('BLOB_DIGEST_MISMATCH', 'other bytes');
        return actual;
      },
      record: (value) => {
        this.#stored = value;
      },
    };
  }

  /** Returns a `fetch` whose connection breaks for good at this offset. */
  breaksAt(offset: number): BlobTask<Digest>['fetch'] {
    return (prefix) => this.#serve(prefix, offset);
  }

  async *#serve(prefix: ByteSource | undefined, endBytes: number): AsyncGenerator<Uint8Array> {
    let at = 0;
    for await (const piece of prefix ?? []) {
      at += piece.length;
      yield piece;
    }
    this.fetches.push(at);
    for (; at < endBytes; at = Math.min(endBytes, at + 65_536)) {
      yield this.#blob.subarray(at, Math.min(endBytes, at + 65_536));
    }
    if (endBytes < this.#blob.length) throw new MonoError('REGISTRY_UNREACHABLE', 'it broke');
  }
}
