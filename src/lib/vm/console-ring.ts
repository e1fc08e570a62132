/** What is kept of a console, in `bytes`: a kernel's panic with its stack is about 4 KiB. */
export const CONSOLE_BYTES = 16_384;
/** How many lines a diagnosis has. */
const DIAGNOSIS_LINES = 12;
/** Longest line in a diagnosis, in UTF-16 units. */
const DIAGNOSIS_COLUMNS = 500;
/** Everything but printable characters and line ends; escape sequences a terminal would obey. */
// eslint-disable-next-line no-control-regex -- these are the characters to remove
const UNPRINTABLE = /\u001b\[[0-9;?]*[A-Za-z]|[^\P{C}\n]/gu;

/** The end of what was written to a console, however much that was. */
export class ConsoleRing {
  #held: Uint8Array = new Uint8Array(0);

  /** Adds bytes and drops what is beyond the last `CONSOLE_BYTES`. */
  write(bytes: Uint8Array): void {
    const joined = Buffer.concat([this.#held, bytes.subarray(-CONSOLE_BYTES)]);
    this.#held = joined.subarray(-CONSOLE_BYTES);
  }

  /** Returns the last lines, without anything that a terminal would obey. */
  lastLines(): string {
    const text = new TextDecoder().decode(this.#held).replace(UNPRINTABLE, '');
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    return lines
      .slice(-DIAGNOSIS_LINES)
      .map((line) => line.slice(0, DIAGNOSIS_COLUMNS))
      .join('\n');
  }
}
