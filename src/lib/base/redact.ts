/** The longest text from outside that a message repeats, in UTF-16 units. */
export const MAX_QUOTED_LENGTH = 300;

const CONTROL = /[\p{Cc}\p{Cf}\u2028\u2029]+/gu;
const URL_CREDENTIALS = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi;
const AUTHORIZATION = /\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,}/gi;
const SECRET_PARAMETER =
  /([?&](?:[a-z0-9_-]*(?:token|signature|secret|password|credential|key)[a-z0-9_-]*)=)[^&\s"']+/gi;

/**
 * Returns text that came from a network peer, an archive or a guest in a form that is safe to print:
 * no control characters (a terminal would obey them), no credentials, no more than
 * {@link MAX_QUOTED_LENGTH} units.
 */
export function redact(text: string): string {
  const safe = text
    .replace(CONTROL, ' ')
    .replace(URL_CREDENTIALS, '$1***@')
    .replace(AUTHORIZATION, '$1 ***')
    .replace(SECRET_PARAMETER, '$1***')
    .trim();
  return safe.length > MAX_QUOTED_LENGTH ? `${safe.slice(0, MAX_QUOTED_LENGTH)}…` : safe;
}
