/** The grammar of the names that images and sandboxes have in a project. */
const NAME = /^(?=.*[a-z])[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/;

/** What YAML takes for something else than text. */
const YAML_WORDS: ReadonlySet<string> = new Set(['null', 'true', 'false']);

/** What a name must look like, for messages. */
export const NAME_RULE =
  'Use 1 to 64 lower-case letters, digits, `.`, `_` and `-`, at least one letter; begin and end with a letter or digit.';

/** Returns whether `name` can name an image or a sandbox. */
export function isName(name: string): boolean {
  return NAME.test(name) && !YAML_WORDS.has(name);
}
