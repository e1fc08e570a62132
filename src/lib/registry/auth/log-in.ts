import { canonicalRegistry, registryProblem } from '../registry-name.js';
import type { RegistryClient } from '../client.js';
import { MonoError } from '../../errors.js';
import type { Account, CredentialFile } from './credential-file.js';

/** An account for a registry. */
export interface LogInRequest {
  readonly registry: string;
  readonly account: Account;
  readonly signal?: AbortSignal | undefined;
}

/** What a login came to. */
export interface LogInResult {
  readonly registry: string;
  readonly username: string;
  /** false when the registry lets everybody in, so that the account could not be tried */
  readonly checked: boolean;
  /** path of the file that keeps the account */
  readonly file: string;
}

/**
 * Keeps an account, after the registry has accepted it.
 *
 * @param services `client` shows the account of the request and no other
 * @throws {MonoError} `REGISTRY_UNAUTHORIZED`, `REGISTRY_FORBIDDEN` when it is refused, and as
 *   `Connection.checkAccess` and `CredentialFile.store`; then nothing is kept
 */
export async function logIn(
  { registry, account, signal }: LogInRequest,
  services: { readonly client: Pick<RegistryClient, 'checkAccess'>; readonly file: CredentialFile },
): Promise<LogInResult> {
  const { client, file } = services;
  const checked = await client.checkAccess(registry, { signal });
  await file.store(registry, account);
  return { registry, username: account.username, checked, file: file.path };
}

/**
 * Returns the one name of the registry that a user calls `text`.
 *
 * @throws {MonoError} `USAGE_INVALID`
 */
export function parseRegistry(text: string): string {
  const problem = registryProblem(text);
  if (problem === undefined && text !== '') return canonicalRegistry(text);
  throw new MonoError('USAGE_INVALID', `Cannot use this registry: it ${problem ?? 'is empty'}`, {
    hint: 'Write its host alone: `ghcr.io`, `registry.example:5000`.',
  });
}
