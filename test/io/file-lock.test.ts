import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withFileLock } from '../../src/lib/io/file-lock.js';
import { useTemporaryDirectory } from '../support/temporary-directory.js';

const directory = useTemporaryDirectory();

describe('withFileLock()', () => {
  it('runs one holder at a time', async () => {
    const path = join(directory(), 'resource');
    let inside = 0;
    let most = 0;
    async function hold() {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inside--;
    }

    await Promise.all(Array.from({ length: 5 }, () => withFileLock(path, { waitMs: 5_000 }, hold)));

    expect(most).toBe(1);
  });

  it('releases the lock when the function fails', async () => {
    const path = join(directory(), 'resource');
    const failing = withFileLock(path, { waitMs: 0 }, () => Promise.reject(new Error('inside')));
    await expect(failing).rejects.toThrow('inside');

    await expect(withFileLock(path, { waitMs: 0 }, () => Promise.resolve(1))).resolves.toBe(1);
  });

  it('rejects with LOCK_TIMEOUT while another process holds the lock', async () => {
    const path = join(directory(), 'resource');
    const script = `require('proper-lockfile').lock(${JSON.stringify(path)}, {realpath: false})
      .then(() => { console.log('held'); setInterval(() => {}, 1000); })`;
    const holder = spawn(process.execPath, ['-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');

    const attempt = withFileLock(path, { waitMs: 100 }, () => Promise.resolve());

    await expect(attempt).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' });
    holder.kill('SIGKILL');
  });

  it('survives the loss of the lock', async () => {
    const path = join(directory(), 'resource');

    const result = await withFileLock(path, { waitMs: 0 }, async () => {
      rmSync(`${path}.lock`, { recursive: true });
      await new Promise((resolve) => setTimeout(resolve, 6_000));
      return 'done';
    });

    expect(result).toBe('done');
  });

  it('stops waiting when the signal is aborted', async () => {
    const path = join(directory(), 'resource');
    const abort = new AbortController();

    await withFileLock(path, { waitMs: 0 }, async () => {
      const waiting = withFileLock(path, { waitMs: 60_000, signal: abort.signal }, () =>
        Promise.resolve(),
      );
      abort.abort();
      await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
    });
  });
});
