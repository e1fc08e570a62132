import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FlatFsStore } from '../../../src/lib/store/backends/flat-fs-store.js';
import { cidOf, RAW_CODEC } from '../../../src/lib/store/block/block-id.js';
import { blockOf } from '../../support/flat-writer.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const temporaryDirectory = useTemporaryDirectory();
const script = join(import.meta.dirname, '../../support/flat-writer.ts');

/** Runs a writer until it has said so much, kills it, and returns what it has said. */
async function linesUntilKilled(seed: number, lines: number): Promise<string[]> {
  const args = ['--import', 'tsx', script, temporaryDirectory(), `${seed}`];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  let said = '';
  child.stdout.on('data', (data: Buffer) => {
    said += data.toString();
    if (said.split('\n').length > lines) child.kill('SIGKILL');
  });
  await ended;
  return said.split('\n').slice(0, -1);
}

describe('FlatFsStore and SIGKILL', () => {
  it.each([3, 19, 21, 50])('keeps every block that was put, killed after %i', async (lines) => {
    const said = await linesUntilKilled(lines, lines);

    const store = await FlatFsStore.open({ path: temporaryDirectory() });
    const kept = [0];
    for (const line of said.slice(said.lastIndexOf('collected') + 1)) {
      if (line.startsWith('put ')) kept.push(Number(line.slice(4)));
    }
    const isDuringCollection = kept.at(-1)! % 20 === 0 && kept.length > 1;
    for (const number of isDuringCollection ? [0] : kept) {
      const block = blockOf(lines, number);
      const stored = await store.getBlock(cidOf(RAW_CODEC, block));
      expect(Buffer.compare(stored, block)).toBe(0);
    }
    await store.gc([]);
    expect(await store.isEmpty()).toBe(true);
    expect(readdirSync(join(temporaryDirectory(), 'tmp'))).toEqual([]);
    await store.close();
  });
});

describe('FlatFsStore and other processes', () => {
  it('deletes nothing while another one has it open for writing', async () => {
    const path = temporaryDirectory();
    const other = await FlatFsStore.open({ path });
    const cid = await other.putRawBlock(Uint8Array.of(1));
    const store = await FlatFsStore.open({ path, lockWaitMs: 0 });

    await expect(store.gc([])).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    await expect(store.dereference(cid)).rejects.toMatchObject({ code: 'STORE_LOCKED' });

    expect(await store.has(cid)).toBe(true);
    await other.close();
    expect((await store.gc([])).deletedBlocks).toBe(1);
    await store.close();
  });

  it('counts what another one has put', async () => {
    const path = temporaryDirectory();
    const store = await FlatFsStore.open({ path });
    const leaf = await store.putRawBlock(Uint8Array.of(1));
    const before = await store.getReferenceCount(leaf);
    const other = await FlatFsStore.open({ path });
    await other.putNode({ leaf });
    await other.pin(leaf);
    await other.close();

    expect([before, await store.getReferenceCount(leaf)]).toEqual([0, 2]);
    await store.close();
  });

  it('reads without a lock', async () => {
    const path = temporaryDirectory();
    const store = await FlatFsStore.open({ path, lockWaitMs: 0 });
    const cid = await store.putNode({ n: 1 });
    const reader = await FlatFsStore.open({ path, readOnly: true });

    expect(await reader.getNode(cid)).toEqual({ n: 1 });
    await store.gc([]);

    await expect(reader.getNode(cid)).rejects.toMatchObject({ code: 'STORE_BLOCK_MISSING' });
    await expect(reader.putNode({})).rejects.toThrow('read-only');
    await reader.close();
    await store.close();
  });
});
