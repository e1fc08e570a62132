import { describe, expect, it } from 'vitest';
import { StoreLock, type LockWaiting } from '../../src/lib/store/store-lock.js';
import { rejectionOf } from '../support/failure.js';
import { useTemporaryDirectory } from '../support/temporary-directory.js';

const directory = useTemporaryDirectory();

describe('StoreLock', () => {
  it('is had by many who write, and by one alone who deletes', async () => {
    const [first, second] = [open(), open()];
    await first.begin();
    await second.begin();

    expect((await rejectionOf(first.exclusively(() => Promise.resolve()))).code).toBe(
      'STORE_LOCKED',
    );
    second.end();
    expect(await first.exclusively(() => Promise.resolve('alone'))).toBe('alone');
    first.end();
  });

  it('tells of a wait that is not over at once, and when it is over', async () => {
    const told: (LockWaiting | 'over')[] = [];
    const writer = open();
    await writer.begin();
    const waiting = new StoreLock(directory(), {
      waitMs: 60_000,
      onWait(wait) {
        told.push(wait);
        writer.end();
        return () => told.push('over');
      },
    });

    await waiting.exclusively(() => Promise.resolve());

    expect(told).toEqual([{ pids: [], waitMs: 60_000 }, 'over']);
    waiting.end();
  });

  it('says nothing of a lock that is free', async () => {
    const lock = new StoreLock(directory(), {
      waitMs: 60_000,
      onWait: () => expect.unreachable(),
    });

    await lock.begin();
    await lock.ifAlone(() => undefined);

    lock.end();
  });

  it('stops waiting when it is told to', async () => {
    const [writer, aborter] = [open(), new AbortController()];
    await writer.begin();
    const waiting = new StoreLock(directory(), {
      waitMs: 60_000,
      signal: aborter.signal,
      onWait: () => {
        aborter.abort();
        return () => undefined;
      },
    });

    expect((await rejectionOf(waiting.exclusively(() => Promise.resolve()))).code).toBe(
      'CANCELLED',
    );
    writer.end();
    waiting.end();
  });

  it('does not do what is for one alone while another one writes', async () => {
    const [writer, other] = [open(), open()];
    await writer.begin();
    let count = 0;

    await other.ifAlone(() => (count += 1));
    writer.end();
    await other.ifAlone(() => (count += 1));

    expect(count).toBe(1);
    other.end();
  });
});

function open(): StoreLock {
  return new StoreLock(directory(), { waitMs: 0 });
}
