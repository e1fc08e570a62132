import { describe, expect, it } from 'vitest';
import { CONSOLE_BYTES, ConsoleRing } from '../../src/lib/vm/console-ring.js';

function ringOf(...texts: readonly string[]): ConsoleRing {
  const ring = new ConsoleRing();
  for (const text of texts) ring.write(new TextEncoder().encode(text));
  return ring;
}

describe('ConsoleRing', () => {
  it('shows the last twelve lines that are not empty', () => {
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index}\r\n\r\n`);

    expect(
      ringOf(...lines)
        .lastLines()
        .split('\n'),
    ).toEqual(Array.from({ length: 12 }, (_, index) => `line ${index + 8}`));
  });

  it('keeps a bounded end of what a console floods', () => {
    const ring = ringOf('first\n', 'x'.repeat(CONSOLE_BYTES * 3), '\nlast');

    expect(ring.lastLines()).toBe(`${'x'.repeat(500)}\nlast`);
  });

  it('removes everything that a terminal would obey', () => {
    expect(ringOf('\x1b[31mred\x1b[0m\x07 \x1b]0;title\x07bell\x9b2J \u202ebidi').lastLines()).toBe(
      'red ]0;titlebell2J bidi',
    );
  });
});
