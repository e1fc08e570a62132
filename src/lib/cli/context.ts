import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { resolveDirectories, type Directories } from './directories.js';
import { Output } from './output.js';
import { wantsColor } from './style.js';

/** What the global flags say. */
export interface ContextOptions {
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly 'no-color': boolean;
  readonly path?: string | undefined;
  readonly json: boolean;
}

/**
 * The one place where the parts of the program are chosen and put together. Each part is loaded and
 * opened when it is first asked for, so that a command pays for nothing that it does not use.
 */
export class Context {
  readonly output: Output;
  /** directory that the command works in */
  readonly directory: string;
  readonly directories: Directories;
  readonly #aborter = new AbortController();
  readonly #onInterrupt = (): void => {
    this.#interrupt();
  };

  constructor(options: ContextOptions) {
    this.directory = resolve(process.cwd(), options.path ?? '.');
    this.directories = resolveDirectories(process.env, homedir());
    this.output = new Output({
      stdout: process.stdout,
      stderr: process.stderr,
      verbosity: options.quiet ? 'quiet' : options.verbose ? 'verbose' : 'normal',
      json: options.json,
      color: !options['no-color'] && wantsColor(process.env, process.stderr.isTTY),
    });
    process.on('SIGINT', this.#onInterrupt);
    process.on('SIGTERM', this.#onInterrupt);
  }

  /** aborted by the first SIGINT or SIGTERM */
  get signal(): AbortSignal {
    return this.#aborter.signal;
  }

  /** Closes what was opened. */
  async close(): Promise<void> {
    process.off('SIGINT', this.#onInterrupt);
    process.off('SIGTERM', this.#onInterrupt);
    return Promise.resolve();
  }

  #interrupt(): void {
    if (this.signal.aborted) process.exit(130);
    this.#aborter.abort();
  }
}
