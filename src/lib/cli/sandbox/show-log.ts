import { readLog, type LogRecord } from '../../vm/monitor/read-log.js';
import { LogLines, type LogLine } from './log-lines.js';

/** Which part of a log is shown, and how. */
export interface ShowLogOptions {
  readonly isOver: () => Promise<boolean>;
  /** leaves out what came before, in milliseconds since the epoch */
  readonly sinceMs: number;
  /** how many of the lines that are there already; undefined for all */
  readonly tail: number | undefined;
  readonly timestamps: boolean;
  write(stream: LogRecord['stream'], bytes: Uint8Array): Promise<void> | void;
}

/** Shows the log of the sandbox in `directory`, each stream of it where it belongs. */
export async function showLog(directory: string, options: ShowLogOptions): Promise<void> {
  const lines = new LogLines();
  let backlog: LogLine[] | undefined = [];
  for await (const record of readLog(directory, options.isOver)) {
    if (!record) {
      if (backlog) await showAll(backlog, options);
      backlog = undefined;
      continue;
    }
    if (record.atMs < options.sinceMs) continue;
    for (const line of lines.add(record)) {
      if (!backlog) {
        await show(line, options);
        continue;
      }
      backlog.push(line);
      if (backlog.length > (options.tail ?? 0) * 2 + KEPT_LINES) {
        backlog = await shorten(backlog, options);
      }
    }
  }
  await showAll([...(backlog ?? []), ...lines.rest()], options);
}

/** So many lines are held before those are dropped, or shown, that will not be needed. */
const KEPT_LINES = 1024;

async function shorten(backlog: LogLine[], options: ShowLogOptions): Promise<LogLine[]> {
  if (options.tail !== undefined) return backlog.slice(backlog.length - options.tail);
  for (const line of backlog) await show(line, options);
  return [];
}

async function showAll(lines: readonly LogLine[], options: ShowLogOptions): Promise<void> {
  const { tail } = options;
  const shown = tail === undefined ? lines : lines.slice(Math.max(lines.length - tail, 0));
  for (const line of shown) await show(line, options);
}

async function show({ atMs, stream, bytes }: LogLine, options: ShowLogOptions): Promise<void> {
  const time = options.timestamps ? `${new Date(atMs).toISOString()} ` : '';
  await options.write(stream, Buffer.concat([Buffer.from(time), bytes]));
}
