/*
 * Sandboxes of every kind, started in batches and ended in every way, `kill -9` of each of their
 * processes at a random moment included, leave nothing behind. How many is read from MONO_SOAK; without
 * it each kind is ended in each way once. 200 took 15 minutes in software emulation, on two cores that
 * had ten times the work they could do.
 */
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SoakPlace } from './soak-place.js';

const BATCH = 6;
const SMALL = ['--memory', '64MiB'];
const COMMAND = ['busybox', 'sleep', '600'];
/** Longer than a start takes on an idle machine, so that some are killed while they start. */
const LATEST_KILL_MS = 4000;

const KINDS: readonly { readonly kind: string; readonly flags: (name: string) => string[] }[] = [
  { kind: 'with writes in memory', flags: () => [] },
  { kind: 'with writes on a disk', flags: () => ['--persist'] },
  { kind: 'with a shared directory', flags: () => ['-v', '.:/shared:ro'] },
  { kind: 'with a volume', flags: (name) => ['-v', `${name}:/data`] },
];

const place = new SoakPlace();

/** Each starts a sandbox and ends it, or leaves it to the end of the batch. */
const ENDS: readonly {
  readonly end: string;
  readonly play: (name: string, flags: readonly string[]) => Promise<void>;
}[] = [
  {
    end: 'stop',
    async play(name, flags) {
      await detached(name, flags);
      await place.run('stop', '--time', '0', name);
      expect(await statusOf(name)).toBe('stopped');
    },
  },
  {
    end: 'rm --force',
    async play(name, flags) {
      await detached(name, flags);
      await place.run('rm', '--force', name);
      expect(await statusOf(name)).toBeUndefined();
    },
  },
  {
    end: 'kill -9 of the VMM',
    async play(name, flags) {
      await detached(name, flags);
      process.kill((await place.processOf(name, 'qemu-system')).pid, 'SIGKILL');
      expect(await statusOf(name)).toBe('stopped');
    },
  },
  {
    end: 'kill -9 of the monitor',
    async play(name, flags) {
      await detached(name, flags);
      process.kill((await place.processOf(name, 'mono-monitor')).pid, 'SIGKILL');
      expect(await statusOf(name)).toBe('stopped');
    },
  },
  {
    end: 'kill -9 of `mono` in the foreground',
    async play(name, flags) {
      const { child, ended } = place.start('run', '--name', name, ...SMALL, ...flags, ...COMMAND);
      await place.processOf(name, 'qemu-system');
      await sleep(randomInt(LATEST_KILL_MS));
      child.kill('SIGKILL');
      await ended;
      expect(await statusOf(name)).toBe('stopped');
    },
  },
  {
    end: 'kill -9 of `mono` while it starts one',
    async play(name, flags) {
      const args = ['run', '-d', '--name', name, ...SMALL, ...flags, ...COMMAND];
      const { child, ended } = place.start(...args);
      await sleep(randomInt(LATEST_KILL_MS));
      child.kill('SIGKILL');
      await ended;
      expect(await statusOf(name)).not.toBe('starting');
    },
  },
];

const TOTAL = Number(process.env['MONO_SOAK'] ?? KINDS.length * ENDS.length);

beforeAll(async () => place.prepare());
afterAll(() => {
  place.close();
});

describe(`${TOTAL} sandboxes of every kind, ended in every way`, () => {
  it('leave no process, mount, file or row', { timeout: 60_000 + TOTAL * 60_000 }, async () => {
    const before = await place.remains();

    for (let first = 0; first < TOTAL; first += BATCH) {
      const indexes = Array.from({ length: Math.min(BATCH, TOTAL - first) }, (_, at) => first + at);
      await Promise.all(indexes.map(play));
      await removeAll();
    }

    expect(await place.remains()).toEqual(before);
  });
});

async function play(index: number): Promise<void> {
  const { kind, flags } = KINDS[index % KINDS.length]!;
  const { end, play: start } = ENDS[Math.floor(index / KINDS.length) % ENDS.length]!;
  const name = `box-${index}`;
  try {
    await start(name, flags(name));
  } catch (cause) {
    throw new Error(`${name}, ${kind}, ended by ${end}`, { cause });
  }
}

/** Forgets what is left of a batch, and its volumes. */
async function removeAll(): Promise<void> {
  const names = [...(await statuses()).keys()];
  if (names.length > 0) await place.run('rm', '--force', ...names);
  const { volumes } = JSON.parse(await place.run('volume', 'ls', '--json')) as {
    volumes: { name: string }[];
  };
  if (volumes.length > 0) await place.run('volume', 'rm', ...volumes.map(({ name }) => name));
}

async function detached(name: string, flags: readonly string[]): Promise<void> {
  await place.run('run', '-d', '--name', name, ...SMALL, ...flags, ...COMMAND);
}

/** What `mono ps` says of a sandbox right now. */
async function statusOf(name: string): Promise<string | undefined> {
  return (await statuses()).get(name);
}

async function statuses(): Promise<Map<string, string>> {
  const { sandboxes } = JSON.parse(await place.run('ps', '--all', '--json')) as {
    sandboxes: { name: string; status: string }[];
  };
  return new Map(sandboxes.map(({ name, status }) => [name, status]));
}
