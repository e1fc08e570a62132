/** What a minimum age must look like, as a hint. */
export const RELEASE_AGE_RULE = 'Write it as `12h`, `3d` or `2w`; `0d` turns it off.';

const AGE = /^(\d{1,5})(m|h|d|w)$/;
const UNIT_MS: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** The longest minimum age, in `ms`: ten years. */
const MAX_AGE_MS = 3650 * 86_400_000;

/** Returns the `ms` that `text` (`30m`, `12h`, `3d`, `2w`) stands for, or `undefined`. */
export function parseReleaseAge(text: string): number | undefined {
  const [, count, unit = ''] = AGE.exec(text) ?? [];
  if (count === undefined) return undefined;
  const ageMs = Number(count) * (UNIT_MS[unit] ?? 0);
  return ageMs <= MAX_AGE_MS ? ageMs : undefined;
}

/** Returns `durationMs` in its largest whole unit: `3d`, `36h`. */
export function formatReleaseAge(durationMs: number): string {
  const unit = ['w', 'd', 'h'].find((it) => durationMs % (UNIT_MS[it] ?? 1) === 0) ?? 'm';
  return `${Math.round(durationMs / (UNIT_MS[unit] ?? 1))}${unit}`;
}

/** Returns a moment for people, to the minute, rounded up: `2026-11-25 10:04 UTC`. */
export function formatMoment(timeMs: number): string {
  const minute = Math.ceil(timeMs / 60_000) * 60_000;
  return `${new Date(minute).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
