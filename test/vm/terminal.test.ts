import { describe, expect, it } from 'vitest';
import { useSandboxBench } from './support/sandbox-bench.js';

const bench = useSandboxBench();

/** A person at a terminal: waits for what the screen shows before each key. */
class Typist {
  #screen = '';
  #wake: (() => void) | undefined;

  readonly see = (bytes: Uint8Array): void => {
    this.#screen += Buffer.from(bytes).toString('latin1');
    this.#wake?.();
  };

  get screen(): string {
    return this.#screen;
  }

  /** Waits until the screen shows `text`, and forgets what stands before and in it. */
  async sees(text: string): Promise<void> {
    for (;;) {
      const at = this.#screen.indexOf(text);
      if (at >= 0) {
        this.#screen = this.#screen.slice(at + text.length);
        return;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

function keys(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

describe('runSandbox() with a terminal', () => {
  it('has a controlling terminal of the size, which Ctrl-C interrupts and a resize changes', async () => {
    const typist = new Typist();
    let resize: () => void = () => undefined;
    const toResize = new Promise<void>((resolve) => {
      resize = resolve;
    });
    async function* resizes(): AsyncGenerator<{ rows: number; columns: number }> {
      await toResize;
      yield { rows: 50, columns: 132 };
    }
    async function* typing(): AsyncGenerator<Uint8Array> {
      await typist.sees('24 80 linux /dev/pts/0');
      await typist.sees('# ');
      resize();
      yield keys('until [ "$(stty size)" = "50 132" ]; do sleep 0.1; done; echo re""sized\r');
      await typist.sees('resized');
      await typist.sees('# ');
      // What the job itself prints comes when the terminal is the job's, and Ctrl-C with it: the
      // echo of the line comes earlier, and so would the output of the shell.
      yield keys(`sh -c 'echo be""gun; exec sleep 600'\r`);
      await typist.sees('begun');
      yield keys('\x03');
      await typist.sees('# ');
      yield keys('echo "status $?"\r');
      await typist.sees('status 130');
      yield keys('exit 3\r');
    }

    const { exit } = await bench().run(
      ['sh', '-c', 'echo $(stty size) $TERM $(tty); PS1="# " exec sh -i'],
      {
        process: { tty: { rows: 24, columns: 80, term: 'linux' } },
        io: { stdin: typing(), stdout: typist.see, resizes: resizes() },
      },
    );

    expect(exit).toEqual({ code: 3 });
  });

  it('ends the input of the terminal where the source ends', async () => {
    async function* typing(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(keys('a line\n'));
    }

    const { exit, stdout, stderr } = await bench().run(['sh', '-c', 'stty -echo; cat; echo end'], {
      process: { tty: { rows: 24, columns: 80 } },
      io: { stdin: typing() },
    });

    expect(exit).toEqual({ code: 0 });
    expect(stdout).toMatch(/a line\r\nend\r\n$/);
    expect(stderr).toBe('');
  });

  it('gives everything that was written before the process ended', async () => {
    const { stdout } = await bench().run(
      ['sh', '-c', 'head -c 100000 /dev/zero | tr "\\0" x; echo .'],
      {
        process: { tty: { rows: 24, columns: 80 } },
      },
    );

    expect(stdout).toBe(`${'x'.repeat(100_000)}.\r\n`);
  });
});
