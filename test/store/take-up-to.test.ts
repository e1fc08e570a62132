import { describe, expect, it } from 'vitest';
import { takeUpTo } from '../../src/lib/store/take-up-to.js';

describe('takeUpTo()', () => {
  it.each([
    ['arrays', (text: string) => Uint8Array.from(Buffer.from(text))],
    ['Buffers', (text: string) => Buffer.from(text)],
  ])('keeps the start of a source of %s that uses its pieces again', async (_name, pieceOf) => {
    function* source(): Generator<Uint8Array> {
      for (const text of ['one ', 'two ', 'three ']) {
        const piece = pieceOf(text);
        yield piece;
        piece.fill(0);
      }
    }

    const short = await takeUpTo(source(), 100);
    const long = await takeUpTo(source(), 10);

    expect(textOf(short.whole!)).toBe('one two three ');
    const texts: string[] = [];
    for await (const piece of long.source!) texts.push(textOf(piece));
    expect(texts.join('')).toBe('one two three ');
  });
});

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}
