const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** Returns a span of time such as `90s`, `30m`, `24h`, `7d`, `2w` or `0` in `ms`, if `text` is one. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const [, digits = '', unit = ''] = /^(\d{1,6})([smhdw])$/.exec(text) ?? [];
  if (digits === '') return undefined;
  return Number(digits) * UNIT_MS[unit as keyof typeof UNIT_MS];
}
