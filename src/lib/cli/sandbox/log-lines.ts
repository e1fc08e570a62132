import type { LogRecord } from '../../vm/monitor/read-log.js';

/** A line of a log, with its line end if it has one. */
export type LogLine = LogRecord;

/** A line that has not ended by then is shown as it is. */
const MAX_LINE_BYTES = 65_536;
const LINE_END = 0x0a;

/** Makes lines of the pieces of two streams. A line has the time of its first piece. */
export class LogLines {
  readonly #open = new Map<LogRecord['stream'], LogLine>();

  /** Yields the lines that `record` completes. */
  *add(record: LogRecord): Generator<LogLine> {
    const { stream } = record;
    let rest = record.bytes;
    while (rest.length > 0) {
      const open = this.#open.get(stream);
      const end = rest.indexOf(LINE_END) + 1;
      const piece = end === 0 ? rest : rest.subarray(0, end);
      const bytes = open ? Buffer.concat([open.bytes, piece]) : piece;
      const line = { atMs: open?.atMs ?? record.atMs, stream, bytes };
      rest = rest.subarray(piece.length);
      if (end === 0 && bytes.length < MAX_LINE_BYTES) {
        this.#open.set(stream, line);
        return;
      }
      this.#open.delete(stream);
      yield line;
    }
  }

  /** Yields the lines that have not ended. */
  *rest(): Generator<LogLine> {
    yield* this.#open.values();
    this.#open.clear();
  }
}
