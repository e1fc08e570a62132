import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { statSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { cidOf, RAW_CODEC } from '../../../src/lib/store/block/block-id.js';
import { PackedFsStore } from '../../../src/lib/store/backends/packed-fs-store.js';
import { rejectionOf } from '../../support/failure.js';
import { inspectPackedStore } from '../../support/store-check.js';
import { blocksOfRound } from '../../support/store-writer.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const temporaryDirectory = useTemporaryDirectory();
const script = join(import.meta.dirname, '../../support/store-writer.ts');

type Mode = 'close' | 'hold' | 'gc' | 'pin' | 'sweep';

interface Writer {
  readonly process: ChildProcess;
  /** how many rounds it has said to be flushed */
  readonly flushed: { rounds: number };
  readonly ended: Promise<unknown>;
}

function startWriter(seed: number, rounds: number, mode: Mode): Writer {
  const args = ['--import', 'tsx', script, temporaryDirectory(), `${seed}`, `${rounds}`, mode];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const flushed = { rounds: 0 };
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('flushed')) flushed.rounds += 1;
  });
  return { process: child, flushed, ended: once(child, 'close') };
}

async function flushedRounds(writer: Writer, rounds: number): Promise<void> {
  while (writer.flushed.rounds < rounds) {
    await Promise.race([once(writer.process.stdout!, 'data'), writer.ended]);
    if (writer.process.exitCode !== null) throw new Error('the writer ended too early');
  }
}

async function kill(writer: Writer): Promise<void> {
  writer.process.kill('SIGKILL');
  await writer.ended;
}

async function expectRounds(store: PackedFsStore, seed: number, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (const block of blocksOfRound(seed, round)) {
      const stored = await store.getBlock(cidOf(RAW_CODEC, block));
      expect(Buffer.compare(stored, block)).toBe(0);
    }
  }
}

function packsDirectoryBytes(): number {
  const packs = join(temporaryDirectory(), 'packs');
  return readdirSync(packs).reduce((sum, name) => sum + statSync(join(packs, name)).size, 0);
}

describe('PackedFsStore and SIGKILL', () => {
  it('keeps every flushed round, whenever the writer is killed', async () => {
    let total = 0;
    for (const [turn, delayMs] of [0, 3, 7, 15, 30].entries()) {
      const writer = startWriter(turn, 10_000, 'close');
      await flushedRounds(writer, 2 + turn);
      await new Promise((resolve) => setTimeout(resolve, delayMs));

      await kill(writer);

      const store = await PackedFsStore.open({ path: temporaryDirectory() });
      await expectRounds(store, turn, writer.flushed.rounds);
      await store.putNode({ turn });
      await store.close();
      total += 30 * writer.flushed.rounds;
      expect(inspectPackedStore(temporaryDirectory()).unreadable).toEqual([]);
    }
    expect(inspectPackedStore(temporaryDirectory()).indexed.length).toBeGreaterThanOrEqual(total);
  });

  it('keeps what roots reach when a collection is killed', async () => {
    for (const delayMs of [0, 5, 11, 23]) {
      const writer = startWriter(7, 10_000, 'gc');
      await flushedRounds(writer, 4);
      await new Promise((resolve) => setTimeout(resolve, delayMs));

      await kill(writer);

      const store = await PackedFsStore.open({ path: temporaryDirectory() });
      await expectRounds(store, 7, 1);
      await store.close();
      expect(inspectPackedStore(temporaryDirectory()).unreadable).toEqual([]);
    }
  });

  it('gives all space back after a crash', async () => {
    const writer = startWriter(8, 10_000, 'close');
    await flushedRounds(writer, 3);
    await kill(writer);
    const store = await PackedFsStore.open({ path: temporaryDirectory() });
    const before = packsDirectoryBytes();

    const result = await store.gc([]);

    expect([packsDirectoryBytes(), result.reclaimedBytes]).toEqual([0, before]);
    await store.close();
  });
});

describe('PackedFsStore and other processes', () => {
  it('stores what two processes put at once once', async () => {
    const writers = [startWriter(1, 12, 'close'), startWriter(1, 12, 'close')];

    await Promise.all(writers.map(({ ended }) => ended));

    const { indexed, unreadable } = inspectPackedStore(temporaryDirectory());
    expect([indexed.length, unreadable]).toEqual([12 * 30, []]);
    expect(writers.map(({ process }) => process.exitCode)).toEqual([0, 0]);
    const store = await PackedFsStore.open({ path: temporaryDirectory() });
    await expectRounds(store, 1, 12);
    await store.close();
  });

  it('loses nothing that is pinned among writers, collections and kills', async () => {
    const kept: { readonly seed: number; readonly rounds: number }[] = [];
    for (const turn of [1, 2]) {
      const sweeper = startWriter(0, 10_000, 'sweep');
      const victim = startWriter(10 * turn, 10_000, 'pin');
      const writers = [startWriter(10 * turn + 1, 2, 'pin'), startWriter(10 * turn + 2, 2, 'pin')];
      await flushedRounds(victim, turn);
      await kill(victim);
      await Promise.all(writers.map(({ ended }) => ended));
      await flushedRounds(sweeper, sweeper.flushed.rounds + turn);
      await kill(sweeper);
      kept.push({ seed: 10 * turn, rounds: victim.flushed.rounds });
      kept.push({ seed: 10 * turn + 1, rounds: 2 }, { seed: 10 * turn + 2, rounds: 2 });
      expect(writers.map(({ process }) => process.exitCode)).toEqual([0, 0]);
    }

    const store = await PackedFsStore.open({ path: temporaryDirectory() });
    for (const { seed, rounds } of kept) await expectRounds(store, seed, rounds);
    expect(await store.verify()).toMatchObject({ isSound: true, findings: [] });
    await store.close();
  }, 60_000);

  it('sees what another process has flushed while it runs', async () => {
    const writer = startWriter(2, 1, 'hold');
    await flushedRounds(writer, 1);
    const reader = await PackedFsStore.open({ path: temporaryDirectory(), readOnly: true });

    await expectRounds(reader, 2, 1);

    await reader.close();
    await kill(writer);
  });

  it('refuses to collect while another process writes, and names it', async () => {
    const writer = startWriter(3, 1, 'hold');
    await flushedRounds(writer, 1);
    const store = await PackedFsStore.open({
      path: temporaryDirectory(),
      lockWait: { waitMs: 50 },
    });

    const failure = await rejectionOf(store.gc([]));

    expect(failure.code).toBe('STORE_LOCKED');
    expect(failure.details).toMatchObject({ pids: [writer.process.pid] });
    expect(failure.message).toContain(`process ${String(writer.process.pid)}`);
    await expectRounds(store, 3, 1);
    await kill(writer);
    expect((await store.gc([])).deletedBlocks).toBe(30);
    await store.close();
  });

  it('does not let a store that is only read stop a collection', async () => {
    const reader = await PackedFsStore.open({ path: temporaryDirectory(), readOnly: true });
    const store = await PackedFsStore.open({
      path: temporaryDirectory(),
      lockWait: { waitMs: 50 },
    });
    const cid = await store.putNode({ a: 1 });
    await store.flush();
    const garbage = await store.putRawBlock(new Uint8Array(200_000));
    await store.flush();
    const before = await reader.getNode(cid);

    await store.gc([cid]);

    expect([before, await reader.getNode(cid)]).toEqual([{ a: 1 }, { a: 1 }]);
    expect(await reader.has(garbage)).toBe(false);
    await reader.close();
    await store.close();
  });
});
