/** What a registry is shown to be let in. */
export type Credentials =
  | { readonly username: string; readonly password: string }
  /** a token that is exchanged for short-lived ones (`identitytoken` of Docker's configuration) */
  | { readonly identityToken: string }
  /** a token that is sent as it is */
  | { readonly registryToken: string };

/** What came of looking for credentials. */
export interface CredentialSearch {
  readonly found: Credentials | undefined;
  /** places as people know them, in the order of the search; what was found stood in the last */
  readonly lookedIn: readonly string[];
}

/**
 * Looks for the credentials of a registry, by the name that references show (`docker.io`,
 * `127.0.0.1:5000`).
 */
export type CredentialSource = (registry: string) => Promise<CredentialSearch>;

/** Returns a source that asks each of `sources` in turn and gives what the first one has. */
export function firstOf(sources: readonly CredentialSource[]): CredentialSource {
  return async function firstCredentials(registry) {
    const lookedIn: string[] = [];
    for (const source of sources) {
      const search = await source(registry);
      lookedIn.push(...search.lookedIn);
      if (search.found) return { found: search.found, lookedIn };
    }
    return { found: undefined, lookedIn };
  };
}
