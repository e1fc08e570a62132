import { redact } from '../../base/redact.js';
import { MonoError } from '../../errors.js';
import type { Credentials, CredentialSource } from './credentials.js';

/** What the name of a variable with credentials begins with. */
export const CREDENTIAL_VARIABLE_PREFIX = 'MONO_CREDENTIALS_';

/**
 * Returns the credentials that stand in the environment: for `ghcr.io` in
 * `MONO_CREDENTIALS_GHCR_IO`, as `USERNAME:PASSWORD`, or a bearer token if there is no colon.
 *
 * The source throws {MonoError} `CREDENTIALS_FAILED` for a variable that holds neither.
 */
export function environmentCredentials(
  environment: Readonly<Record<string, string | undefined>>,
): CredentialSource {
  return function credentialsFromEnvironment(registry) {
    const name = credentialVariable(registry);
    if (name === undefined) return Promise.resolve({ found: undefined, lookedIn: [] });
    const value = environment[name] ?? '';
    const found = value === '' ? undefined : readValue(name, value);
    return Promise.resolve({ found, lookedIn: [`$${name}`] });
  };
}

/**
 * Returns the name of the variable for a registry: upper case, `.` as `_`, `-` as `__` and the `:`
 * before a port as `___`, so that no two registries share one. An IPv6 address has none.
 */
export function credentialVariable(registry: string): string | undefined {
  if (registry.startsWith('[')) return undefined;
  const spelled = registry.replaceAll('.', '_').replaceAll('-', '__').replaceAll(':', '___');
  return `${CREDENTIAL_VARIABLE_PREFIX}${spelled.toUpperCase()}`;
}

function readValue(name: string, value: string): Credentials {
  const colon = value.indexOf(':');
  const hasControl = /[^\x20-\x7e\u{a0}-\u{10ffff}]/u.test(value);
  if (hasControl || colon === 0) {
    const reason = hasControl ? 'it has control characters' : 'it has no user name';
    throw new MonoError(
      'CREDENTIALS_FAILED',
      `Cannot read credentials from \`$${name}\`: ${reason}`,
      {
        details: { variable: redact(name), reason },
        hint: 'Write them as `USERNAME:PASSWORD`.',
      },
    );
  }
  if (colon === -1) return { registryToken: value };
  return { username: value.slice(0, colon), password: value.slice(colon + 1) };
}
