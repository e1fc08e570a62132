import type { MonoError } from '../../errors.js';
import type { Authorizer } from '../auth/authorizer.js';
import type { HttpResponse, Send } from './http.js';
import { discardQuietly } from './response-body.js';

/** The way to a registry, and who is asked about. */
export interface AccessCheck {
  /** as references show it */
  readonly registry: string;
  /** base of the API */
  readonly base: URL;
  /** without authorisation */
  readonly send: Send;
  readonly authorizer: Authorizer;
  /** Returns the error that an answer means. */
  readonly refusal: (response: HttpResponse, purpose: string) => Promise<MonoError>;
  readonly signal: AbortSignal | undefined;
}

/**
 * Asks a registry whether it lets us in. Returns false when it asks nobody for credentials at this
 * point, so that ours were not looked at.
 *
 * @throws {MonoError} what `refusal` makes of a refusal, `REGISTRY_*`, `CREDENTIALS_FAILED`, `CANCELLED`
 * @see OCI distribution-spec v1.1, "Determining Support"
 */
export async function checkAccess(check: AccessCheck): Promise<boolean> {
  const url = new URL('v2/', check.base);
  const purpose = `log in to \`${check.registry}\``;
  const request = { url, headers: {}, purpose, signal: check.signal };
  const open = await check.send(request);
  if (open.status !== 401) {
    await assertSuccess(open);
    return false;
  }
  await discardQuietly(open);
  await assertSuccess(await check.authorizer.send(request, ''));
  return true;

  async function assertSuccess(response: HttpResponse): Promise<void> {
    const isSuccess = response.status >= 200 && response.status < 300;
    if (!isSuccess) throw await check.refusal(response, purpose);
    await discardQuietly(response);
  }
}
