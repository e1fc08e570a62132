import { describe, expect, it } from 'vitest';
import { untilLeft } from '../../../src/lib/cli/run/until-left.js';

const CTRL_P = '\u0010';
const CTRL_Q = '\u0011';

async function* typing(...pieces: string[]): AsyncGenerator<Uint8Array, void> {
  for (const piece of pieces) yield await Promise.resolve(Buffer.from(piece));
}

/** What passes of the pieces, and whether the process was left before their end. */
async function passedOf(...pieces: string[]): Promise<{ passed: string; isLeft: boolean }> {
  let passed = '';
  let onLeft: () => void = () => undefined;
  const left = new Promise<void>((resolve) => (onLeft = resolve));
  async function read(): Promise<boolean> {
    for await (const bytes of untilLeft(typing(...pieces), onLeft)) {
      passed += Buffer.from(bytes).toString();
    }
    return false;
  }
  return { isLeft: await Promise.race([left.then(() => true), read()]), passed };
}

describe('untilLeft()', () => {
  it.each([
    { name: 'in one piece', pieces: [`ls\n${CTRL_P}${CTRL_Q}rest`], passed: 'ls\n' },
    { name: 'in two', pieces: ['a', CTRL_P, CTRL_Q, 'rest'], passed: 'a' },
    { name: 'after one that was not meant', pieces: [CTRL_P, CTRL_P, CTRL_Q], passed: CTRL_P },
  ])('leaves at Ctrl-P Ctrl-Q $name', async ({ pieces, passed }) => {
    expect(await passedOf(...pieces)).toEqual({ isLeft: true, passed });
  });

  it.each([
    { name: 'Ctrl-P before another key', pieces: [CTRL_P, 'x'] },
    { name: 'Ctrl-P at the end', pieces: ['x', CTRL_P] },
    { name: 'Ctrl-Q alone', pieces: [CTRL_Q, CTRL_P] },
    { name: 'nothing', pieces: [] },
  ])('passes $name on', async ({ pieces }) => {
    expect(await passedOf(...pieces)).toEqual({ isLeft: false, passed: pieces.join('') });
  });

  it('passes Ctrl-P on when nothing follows it', async () => {
    async function* waiting(): AsyncGenerator<Uint8Array, void> {
      yield Buffer.from(CTRL_P);
      await new Promise<never>(() => undefined);
    }

    const { value } = await untilLeft(waiting(), () => undefined).next();

    expect(value).toEqual(Buffer.from(CTRL_P));
  });
});
