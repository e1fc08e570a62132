import { describe, expect, it } from 'vitest';
import { withLiveArea } from '../../../src/lib/cli/terminal/live-area.js';
import { Output } from '../../../src/lib/cli/terminal/output.js';

describe('withLiveArea()', () => {
  it('shows the first text on a terminal at once, before what redraws is loaded', async () => {
    const written: string[] = [];
    const output = outputOn({ isTTY: true, columns: 12, write: (text) => written.push(text) });

    await withLiveArea(output, async (area) => {
      area.show('a', 'Resolving docker.io/library/a');

      expect(written).toEqual(['Resolving d']);
      await Promise.resolve();
    });

    expect(written.slice(0, 2)).toEqual(['Resolving d', '\r\u001B[K']);
  });

  it('leaves moving lines out where there is no terminal', async () => {
    const written: string[] = [];
    const output = outputOn({ isTTY: false, write: (text) => written.push(text) });

    await withLiveArea(output, async (area) => {
      area.show('a', 'Resolving');
      area.line('Resolved');
      area.hide('a');
      await Promise.resolve();
    });

    expect(written).toEqual(['Resolved\n']);
  });
});

describe('Output.waiting()', () => {
  it('is a line that stays where nothing moves', () => {
    const written: string[] = [];
    const output = outputOn({ isTTY: false, write: (text) => written.push(text) });

    output.waiting('Waiting')();

    expect(written).toEqual(['Waiting\n']);
  });

  it('moves among the lines that move, until it is over', () => {
    const moves: string[] = [];
    const output = outputOn({ isTTY: true, write: () => undefined });
    output.moving = {
      show: (key, text) => moves.push(`show ${key}: ${text}`),
      hide: (key) => moves.push(`hide ${key}`),
    };

    output.waiting('Waiting')();

    expect(moves).toEqual(['show Waiting: Waiting', 'hide Waiting']);
  });
});

interface Terminal {
  readonly isTTY: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

function outputOn(stderr: Terminal): Output {
  const stdout = { write: () => undefined };
  return new Output({ stdout, stderr, verbosity: 'normal', json: false, color: false });
}
