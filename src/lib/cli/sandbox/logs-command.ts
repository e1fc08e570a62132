import { parseDuration } from '../../base/duration.js';
import { redact } from '../../base/redact.js';
import { MonoError } from '../../errors.js';
import type { Context } from '../context.js';
import { showLog } from './show-log.js';

/** What the command line of `mono logs` says. */
interface LogsFlags {
  readonly follow: boolean;
  readonly since?: string | undefined;
  readonly tail?: number | undefined;
  readonly timestamps: boolean;
}

/** Shows the log of a sandbox. */
export async function logsCommand(
  context: Context,
  nameOrId: string,
  flags: LogsFlags,
): Promise<void> {
  const sandboxes = await context.sandboxes();
  const { id } = await sandboxes.find(nameOrId);
  async function isOver(): Promise<boolean> {
    if (!flags.follow || context.signal.aborted) return true;
    const now = (await sandboxes.list()).find((it) => it.id === id);
    return now === undefined || now.status === 'stopped';
  }
  await showLog(sandboxes.directoryOf({ id }), {
    isOver,
    sinceMs: sinceOfFlag(flags.since, Date.now()),
    tail: flags.tail,
    timestamps: flags.timestamps,
    write: (stream, bytes) =>
      process[stream].write(bytes)
        ? undefined
        : new Promise((resolve) => process[stream].once('drain', resolve)),
  });
}

/** @throws {MonoError} `USAGE_INVALID` */
function sinceOfFlag(text: string | undefined, nowMs: number): number {
  if (text === undefined) return 0;
  const duration = parseDuration(text);
  const sinceMs = duration === undefined ? Date.parse(text) : nowMs - duration;
  if (!Number.isNaN(sinceMs)) return sinceMs;
  throw new MonoError('USAGE_INVALID', `Cannot read \`--since ${redact(text)}\` as a time`, {
    hint: 'Write how long ago it was, such as `90s` or `10m`, or a date, such as `2026-01-31T12:00:00Z`.',
  });
}
