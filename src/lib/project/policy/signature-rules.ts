import type { YamlValue } from '../project-file/yaml-value.js';
import { formatRepository, parseReference } from '../../registry/reference.js';

/** Which images must be signed, and by whom. */
export interface SignatureRule {
  /** `docker.io/acme/app`, or all below with a star at the end: `docker.io/acme/*` */
  readonly pattern: string;
  /** absolute paths of public keys (PEM); one of them must have signed */
  readonly keyFiles: readonly string[];
  /** whether a signature made for another repository counts */
  readonly anyRepository: boolean;
}

/**
 * Returns the rules under `signatures` of a configuration file.
 *
 * @throws {MonoError} `CONFIG_INVALID` with line and column
 */
export function readSignatureRules(value: YamlValue | undefined): SignatureRule[] {
  return [...(value?.entries() ?? [])].map(([text, entry]) => {
    const pattern = canonicalPattern(text);
    if (pattern === undefined) {
      throw entry.key.fail(
        'not a repository',
        'Write `docker.io/acme/app`, or `docker.io/acme/*` for all below.',
      );
    }
    const { key, keys, identity } = entry.value.fields(['key', 'keys', 'identity']);
    const files = [...(key ? [key] : []), ...(keys?.items() ?? [])].map(readKeyPath);
    if (files.length === 0) throw entry.value.fail('the key `key` is needed');
    return { pattern, keyFiles: files, anyRepository: readIdentity(identity) };
  });
}

/** Returns the rule for a repository: the one with the longest pattern that covers it. */
export function signatureRuleFor(
  rules: readonly SignatureRule[],
  repository: string,
): SignatureRule | undefined {
  return rules
    .filter(({ pattern }) => covers(pattern, repository))
    .toSorted((a, b) => b.pattern.length - a.pattern.length)[0];
}

function covers(pattern: string, repository: string): boolean {
  return pattern.endsWith('/*')
    ? repository.startsWith(pattern.slice(0, -1))
    : repository === pattern;
}

/** In the spelling that references have, so that `index.docker.io` or `node` escapes no rule. */
function canonicalPattern(text: string): string | undefined {
  const isTree = text.endsWith('/*');
  try {
    const reference = parseReference(isTree ? `${text.slice(0, -1)}x/x` : text);
    if (reference.tag !== undefined || reference.digest !== undefined) return undefined;
    const name = formatRepository(reference);
    return isTree ? `${name.slice(0, -'x/x'.length)}*` : name;
  } catch {
    return undefined;
  }
}

function readKeyPath(value: YamlValue): string {
  const path = value.string();
  if (path.startsWith('/')) return path;
  throw value.fail('an absolute path is expected');
}

function readIdentity(value: YamlValue | undefined): boolean {
  if (!value) return false;
  const text = value.string();
  if (text === 'repository' || text === 'any') return text === 'any';
  throw value.fail('`repository` or `any` is expected');
}
