import type { Credentials, CredentialSource } from '../../src/lib/registry/auth/credentials.js';

/** Returns a source that has `credentials` for every registry, or for `only` one. */
export function foundCredentials(credentials: Credentials, only?: string): CredentialSource {
  return (registry) => {
    const found = only === undefined || registry === only ? credentials : undefined;
    return Promise.resolve({ found, lookedIn: ['a test'] });
  };
}
