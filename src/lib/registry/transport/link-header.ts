/** The longest header that is looked at, in UTF-16 units. */
const MAX_HEADER_LENGTH = 8192;

/**
 * Returns the target of the link with relation `next` in a `Link` header, or `undefined`.
 *
 * @see RFC 8288, section 3
 */
export function nextLink(header: string | undefined): string | undefined {
  let rest = (header ?? '').slice(0, MAX_HEADER_LENGTH);
  for (;;) {
    const open = rest.indexOf('<');
    const close = rest.indexOf('>', open);
    if (open < 0 || close < 0) return undefined;
    const target = rest.slice(open + 1, close);
    const following = rest.indexOf('<', close);
    const parameters = rest.slice(close + 1, following < 0 ? undefined : following);
    if (/;\s*rel\s*=\s*"?next\b/i.test(parameters)) return target;
    if (following < 0) return undefined;
    rest = rest.slice(following);
  }
}
