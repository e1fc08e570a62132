/**
 * Returns the wait that a `Retry-After` header asks for, in `ms`, or `undefined` without a readable
 * one.
 *
 * @see RFC 9110, section 10.2.3
 */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  const text = value?.trim() ?? '';
  if (/^[0-9]{1,9}$/.test(text)) return Number(text) * 1000;
  const isDate = /^[A-Z][a-z]{2}[A-Za-z]*, .{10,40}$/.test(text);
  const date = isDate ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
