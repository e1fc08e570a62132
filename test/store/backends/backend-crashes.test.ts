import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cidOf, RAW_CODEC } from '../../../src/lib/store/block/block-id.js';
import type { IpldStore } from '../../../src/lib/store/ipld-store.js';
import {
  openWritten,
  ROUNDS_PER_COLLECTION,
  type WrittenKind,
} from '../../support/backend-writer.js';
import { blocksOfRound } from '../../support/store-writer.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const temporaryDirectory = useTemporaryDirectory();
const script = join(import.meta.dirname, '../../support/backend-writer.ts');

/** Runs a writer until it has said so much, kills it, and returns what it has said. */
async function linesUntilKilled(kind: WrittenKind, seed: number, lines: number): Promise<string[]> {
  const args = ['--import', 'tsx', script, kind, temporaryDirectory(), `${seed}`];
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

/** Returns the rounds that must be there: not those that the collection under way may have deleted. */
function roundsKept(said: readonly string[]): number[] {
  const flushed = said
    .slice(said.lastIndexOf('collected') + 1)
    .map((line) => Number(line.replace('flushed ', '')));
  const isCollecting = flushed.at(-1)! % ROUNDS_PER_COLLECTION === ROUNDS_PER_COLLECTION - 1;
  return isCollecting ? [0] : [0, ...flushed];
}

async function expectRound(store: IpldStore, seed: number, round: number): Promise<void> {
  for (const block of blocksOfRound(seed, round)) {
    const stored = await store.getBlock(cidOf(RAW_CODEC, block));
    expect(Buffer.compare(stored, block)).toBe(0);
  }
}

describe.each(['rocks', 'dual'] as const)('a %s store and SIGKILL', (kind) => {
  it.each([2, 5, 9])('keeps every flushed round, killed after line %i', async (lines) => {
    const said = await linesUntilKilled(kind, lines, lines);

    const store = await openWritten(kind, temporaryDirectory());
    for (const round of roundsKept(said)) await expectRound(store, lines, round);

    const cid = await store.putNode({ after: 'the crash' });
    await store.flush();
    expect((await store.gc([cid])).keptBlocks).toBe(1);
    expect(await store.getNode(cid)).toEqual({ after: 'the crash' });
    await store.close();
  });
});
