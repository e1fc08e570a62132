/** What a registry is shown to be let in. */
export type Credentials =
  | { readonly username: string; readonly password: string }
  /** a token that is exchanged for short-lived ones (`identitytoken` of Docker's configuration) */
  | { readonly identityToken: string }
  /** a token that is sent as it is */
  | { readonly registryToken: string };

/**
 * Returns the credentials for a registry, by the name that references show (`docker.io`,
 * `127.0.0.1:5000`), or `undefined` when it has none.
 */
export type CredentialSource = (registry: string) => Promise<Credentials | undefined>;

/** Returns a source that asks each of `sources` in turn and gives what the first one has. */
export function firstOf(sources: readonly CredentialSource[]): CredentialSource {
  return async function firstCredentials(registry) {
    for (const source of sources) {
      const credentials = await source(registry);
      if (credentials) return credentials;
    }
    return undefined;
  };
}
