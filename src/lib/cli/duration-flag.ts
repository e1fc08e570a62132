import { parseDuration } from '../base/duration.js';
import { redact } from '../base/redact.js';
import { MonoError } from '../errors.js';

/**
 * Returns the span of time that a flag names, in `ms`; `undefined` when the flag is not given.
 *
 * @param options.plainSeconds whether a number without a unit is one of seconds, as in docker's flags
 * @throws {MonoError} `USAGE_INVALID`
 */
export function durationOfFlag(
  flag: string,
  text: string | undefined,
  { plainSeconds = false }: { readonly plainSeconds?: boolean } = {},
): number | undefined {
  if (text === undefined) return undefined;
  const duration = parseDuration(plainSeconds && /^\d+$/.test(text) ? `${text}s` : text);
  if (duration !== undefined) return duration;
  throw new MonoError('USAGE_INVALID', `Cannot read \`${flag} ${redact(text)}\` as a time`, {
    hint: 'Write a number and a unit: `90s`, `30m`, `24h`, `7d`, `2w`, or `0`.',
  });
}
