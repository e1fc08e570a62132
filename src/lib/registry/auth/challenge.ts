/**
 * One way in which a server lets clients authenticate.
 *
 * @see RFC 9110, section 11.6.1
 */
export interface Challenge {
  /** in lower case: `basic`, `bearer` */
  readonly scheme: string;
  /** names in lower case; of a repeated one the first counts */
  readonly parameters: ReadonlyMap<string, string>;
}

/** The longest header that is looked at, in UTF-16 units; Node's own limit is 16 KiB for all. */
const MAX_HEADER_LENGTH = 8192;

const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const TOKEN68 = /[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))/y;
const SPACE = /[ \t]*/y;
const COMMAS = /[ \t,]*/y;

/**
 * Returns the challenges in a `WWW-Authenticate` header, several of which may be joined by commas.
 * Reading stops where the text leaves the grammar; what was read before counts. Takes time linear
 * in the header's length.
 */
export function parseChallenges(header: string): readonly Challenge[] {
  const text = header.slice(0, MAX_HEADER_LENGTH);
  const challenges: Challenge[] = [];
  let position = skip(text, COMMAS, 0);
  while (position < text.length) {
    const scheme = match(text, TOKEN, position);
    if (scheme === undefined) break;
    const read = readParameters(text, position + scheme.length);
    challenges.push({ scheme: scheme.toLowerCase(), parameters: read.parameters });
    position = skip(text, COMMAS, read.end);
    if (read.isBroken) break;
  }
  return challenges;
}

interface ReadParameters {
  readonly parameters: ReadonlyMap<string, string>;
  readonly end: number;
  readonly isBroken: boolean;
}

/** Reads `name=value` pairs up to the next scheme: a token that no `=` follows. */
function readParameters(text: string, start: number): ReadParameters {
  const parameters = new Map<string, string>();
  let position = skip(text, SPACE, start);
  if (text[position] === ',') return { parameters, end: position, isBroken: false };
  const token68 = match(text, TOKEN68, position);
  if (token68 !== undefined) {
    return { parameters, end: position + token68.length, isBroken: false };
  }
  for (;;) {
    const name = match(text, TOKEN, position);
    if (name === undefined) return { parameters, end: position, isBroken: position < text.length };
    const equals = skip(text, SPACE, position + name.length);
    if (text[equals] !== '=') return { parameters, end: position, isBroken: false };
    const value = readValue(text, skip(text, SPACE, equals + 1));
    if (!value) return { parameters, end: equals, isBroken: true };
    const key = name.toLowerCase();
    if (!parameters.has(key)) parameters.set(key, value.text);
    const afterValue = skip(text, SPACE, value.end);
    if (afterValue < text.length && text[afterValue] !== ',') {
      return { parameters, end: afterValue, isBroken: true };
    }
    position = skip(text, COMMAS, afterValue);
  }
}

function readValue(text: string, start: number): { text: string; end: number } | undefined {
  if (text[start] !== '"') {
    const token = match(text, TOKEN, start);
    return token === undefined ? undefined : { text: token, end: start + token.length };
  }
  let value = '';
  for (let position = start + 1; position < text.length; position += 1) {
    const character = text.charAt(position);
    if (character === '"') return { text: value, end: position + 1 };
    if (character === '\\') position += 1;
    value += character === '\\' ? text.charAt(position) : character;
  }
  return undefined;
}

function match(text: string, pattern: RegExp, position: number): string | undefined {
  pattern.lastIndex = position;
  return pattern.exec(text)?.[0];
}

function skip(text: string, pattern: RegExp, position: number): number {
  return position + (match(text, pattern, position)?.length ?? 0);
}
