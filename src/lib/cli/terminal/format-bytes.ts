const UNITS = ['kB', 'MB', 'GB', 'TB', 'PB'];

/** Returns a number of bytes for people: `0 B`, `999 B`, `61.2 MB`; units of 1000. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 'B';
  for (const larger of UNITS) {
    if (value < 999.95) break;
    value /= 1000;
    unit = larger;
  }
  return `${unit === 'B' ? value : value.toFixed(1)} ${unit}`;
}

/** Returns a duration for people: `85ms`, `2.6s`, `3m 20s`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 999.5) return `${Math.round(milliseconds)}ms`;
  if (milliseconds < 59_950) return `${(milliseconds / 1000).toFixed(1)}s`;
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}m ${seconds % 60}s`;
}
