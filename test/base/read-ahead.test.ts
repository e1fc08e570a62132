import { describe, expect, it } from 'vitest';
import { readAhead } from '../../src/lib/base/read-ahead.js';

describe('readAhead()', () => {
  it('yields what the source yields, in order', async () => {
    expect(await numbersOf(readAhead(counted(100), { limitBytes: 7 }))).toEqual(
      Array.from({ length: 100 }, (_, index) => index),
    );
  });

  it('reads on while the receiver is busy, up to the limit', async () => {
    const source = counted(100);
    const ahead = readAhead(source, { limitBytes: 5 });

    await ahead.next();
    await turns(50);

    expect(source.given).toBeGreaterThanOrEqual(5);
    expect(source.given).toBeLessThanOrEqual(7);
    await ahead.return(undefined);
  });

  it('throws the failure of the source behind what came before it', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield* counted(3);
      throw new Error('the source failed');
    }
    const seen: number[] = [];

    const reading = (async () => {
      for await (const [first] of readAhead(failing(), { limitBytes: 100 })) seen.push(first!);
    })();

    await expect(reading).rejects.toThrow('the source failed');
    expect(seen).toEqual([0, 1, 2]);
  });

  it('closes the source when it is left early', async () => {
    const source = counted(100);

    for await (const piece of readAhead(source, { limitBytes: 5 })) if (piece[0] === 3) break;

    expect(source.isClosed).toBe(true);
  });

  it('does not hold what was taken', async () => {
    const pieces: WeakRef<Uint8Array>[] = [];
    async function* source(): AsyncGenerator<Uint8Array> {
      for (let index = 0; index < 100; index++) {
        const piece = new Uint8Array(1_000_000);
        pieces.push(new WeakRef(piece));
        yield await Promise.resolve(piece);
      }
    }
    const ahead = readAhead(source(), { limitBytes: 4_000_000 });
    for (let index = 0; index < 90; index++) await ahead.next();

    await collectGarbage();

    expect(pieces.filter((it) => it.deref()).length).toBeLessThan(20);
    await ahead.return(undefined);
  });
});

interface Counted extends AsyncIterable<Uint8Array> {
  readonly given: number;
  readonly isClosed: boolean;
}

/** Yields `count` pieces of one byte, their numbers. */
function counted(count: number): Counted {
  const state = { given: 0, isClosed: false };
  return Object.assign(state, {
    async *[Symbol.asyncIterator]() {
      try {
        while (state.given < count) yield await Promise.resolve(Uint8Array.of(state.given++));
      } finally {
        state.isClosed = true;
      }
    },
  });
}

async function numbersOf(source: AsyncIterable<Uint8Array>): Promise<number[]> {
  const numbers: number[] = [];
  for await (const piece of source) numbers.push(...piece);
  return numbers;
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

async function collectGarbage(): Promise<void> {
  const { setFlagsFromString } = await import('node:v8');
  const { runInNewContext } = await import('node:vm');
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  await turns(5);
  gc();
}
