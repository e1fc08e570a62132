import { DEFAULT_WIDTH } from './table.js';
import { createStyle, type Style } from './style.js';

/** A stream that text is written to, as `process.stdout` is one. */
export interface TextStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Lines at the bottom of a terminal that are redrawn. */
export interface MovingLines {
  /** Sets the moving line of `key`. */
  show(key: string, text: string): void;
  /** Takes the moving line of `key` away. */
  hide(key: string): void;
}

/** Takes the line off a terminal in which the cursor is. */
const ERASED_LINE = '\r\u001B[K';

/** How much is said on stderr. */
export type Verbosity = 'quiet' | 'normal' | 'verbose';

/** Options of {@link Output}. */
export interface OutputOptions {
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  readonly verbosity: Verbosity;
  /** whether the result is printed as one JSON document, and nothing else goes to stdout */
  readonly json: boolean;
  readonly color: boolean;
}

/** Where a command says things: results to stdout, everything else to stderr. */
export class Output {
  readonly style: Style;
  /** what is redrawn on stderr at present */
  moving: MovingLines | undefined;
  readonly #options: OutputOptions;

  constructor(options: OutputOptions) {
    this.#options = options;
    this.style = createStyle(options.color);
  }

  /** columns of the terminal that shows the results */
  get width(): number {
    return this.#options.stdout.columns ?? DEFAULT_WIDTH;
  }

  /** whether stderr is a terminal on which lines may be redrawn */
  get isLive(): boolean {
    return this.talks && this.#options.stderr.isTTY === true;
  }

  /** whether anything but errors goes to stderr */
  get talks(): boolean {
    return this.#options.verbosity !== 'quiet' && !this.#options.json;
  }

  /** Prints a line of the result. With `--json` it is left out: the document says it. */
  data(line: string): void {
    if (!this.#options.json) this.#options.stdout.write(`${line}\n`);
  }

  /** Prints a line for people about what goes on. */
  talk(line: string): void {
    if (this.talks) this.#options.stderr.write(`${line}\n`);
  }

  /** Shows a line on the terminal until something else is shown there; the returned function ends it. */
  draft(line: string): () => void {
    const { stderr } = this.#options;
    const [first = ''] = line.split('\n');
    stderr.write(first.slice(0, (stderr.columns ?? DEFAULT_WIDTH) - 1));
    return () => void stderr.write(ERASED_LINE);
  }

  /** Says what is waited for; the returned function ends that. */
  waiting(line: string): () => void {
    const { moving } = this;
    if (!moving) this.talk(line);
    moving?.show(line, line);
    return () => moving?.hide(line);
  }

  /** Prints a line of detail that `--verbose` asks for. */
  detail(line: string): void {
    if (this.#options.verbosity === 'verbose') this.#options.stderr.write(`${line}\n`);
  }

  /** Prints a line that must not be missed. */
  warn(line: string): void {
    if (this.talks) this.#options.stderr.write(`${this.style.yellow('warning:')} ${line}\n`);
  }
}
