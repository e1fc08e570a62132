/** What a guest says about itself; hostile numbers, but numbers. */
export interface GuestStatistics {
  /** time of all processors since the start, in ticks */
  readonly totalTicks: number;
  readonly idleTicks: number;
  readonly memoryBytes: number;
  readonly memoryLimitBytes: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

/** Columns of /proc/stat: idle, and waiting for disks. */
const IDLE_COLUMNS = [3, 4];
/** Columns of /proc/net/dev. */
const RECEIVED_COLUMN = 0;
const SENT_COLUMN = 8;
/** Times of guests within a guest are counted elsewhere already. */
const TICK_COLUMNS = 8;

/**
 * Returns the numbers of /proc/stat, meminfo and net/dev in `text`; what is not there counts as 0.
 *
 * @see proc_stat(5), proc_meminfo(5), proc_pid_net(5)
 */
export function parseStatistics(text: string): GuestStatistics {
  const ticks = numbersAfter(text, /^cpu +([\d ]+)$/m).slice(0, TICK_COLUMNS);
  const total = kibOf(text, 'MemTotal');
  const networks = [...text.matchAll(/^ *(\w+): *([\d ]+)$/gm)]
    .filter(([, name = '']) => name !== 'lo')
    .map(([, , columns = '']) => columns.split(/ +/).map(Number))
    .filter((columns) => columns.length > SENT_COLUMN);
  return {
    totalTicks: sum(ticks),
    idleTicks: sum(IDLE_COLUMNS.map((column) => ticks[column] ?? 0)),
    memoryBytes: Math.max(total - kibOf(text, 'MemAvailable'), 0),
    memoryLimitBytes: total,
    receivedBytes: sum(networks.map((columns) => columns[RECEIVED_COLUMN] ?? 0)),
    sentBytes: sum(networks.map((columns) => columns[SENT_COLUMN] ?? 0)),
  };
}

function kibOf(text: string, name: string): number {
  return (numbersAfter(text, new RegExp(`^${name}: +(\\d+) kB$`, 'm'))[0] ?? 0) * 1024;
}

function numbersAfter(text: string, pattern: RegExp): number[] {
  const found = pattern.exec(text)?.[1];
  return found === undefined ? [] : found.trim().split(/ +/).map(Number);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
