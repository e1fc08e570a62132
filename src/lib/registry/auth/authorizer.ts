import { throwIfAborted } from '../../base/async.js';
import { isMonoError } from '../../errors.js';
import { parseChallenges, type Challenge } from './challenge.js';
import type { CredentialSearch, CredentialSource } from './credentials.js';
import type { HttpRequest, HttpResponse, Send } from '../transport/http.js';
import { discardQuietly } from '../transport/response-body.js';
import { basicAuthorization, fetchToken, type Token } from './token.js';

/** A token is not used within this time of its end, in `ms`, or a tenth of its life if less. */
const EXPIRY_MARGIN_MS = 10_000;

/** What {@link createAuthorizer} works for: one registry at one endpoint. */
export interface AuthorizerOptions {
  /** as references show it; what credentials are filed under */
  readonly registry: string;
  readonly credentials: CredentialSource;
  /** retries and follows redirects, but does not authorise */
  readonly send: Send;
}

/** Sends requests to one endpoint, authorised as it demands. */
export interface Authorizer {
  /**
   * Sends `request`; answers a challenge once, with a token for `scope` (`repository:NAME:pull`)
   * or the account. An answer of 401 that is returned stands: nothing more can be shown.
   */
  send(request: HttpRequest, scope: string): Promise<HttpResponse>;
  /** Returns what came of looking for credentials of the registry; looks only once. */
  credentials(): Promise<CredentialSearch>;
}

/** An `Authorization` header and how long it is worth sending. */
interface Grant {
  readonly authorization: string;
  readonly usableUntilMs: number;
}

/** What is known for one scope. */
interface Slot {
  current?: Grant | undefined;
  /** the request for the next one, shared by all who wait for it */
  pending?: Promise<Grant | undefined> | undefined;
}

/**
 * Returns an authorizer. Tokens are kept by scope until shortly before they end; requests that need
 * the same token at the same time share one request for it.
 */
export function createAuthorizer(options: AuthorizerOptions): Authorizer {
  const { registry, send } = options;
  const slots = new Map<string, Slot>();
  let search: Promise<CredentialSearch> | undefined;

  function searchOnce(): Promise<CredentialSearch> {
    search ??= options.credentials(registry);
    return search;
  }

  function slotOf(scope: string): Slot {
    const slot = slots.get(scope) ?? {};
    slots.set(scope, slot);
    return slot;
  }

  async function renew(
    ask: Ask,
    refused: Grant | undefined,
    challenges: readonly Challenge[],
  ): Promise<Grant | undefined> {
    const slot = slotOf(ask.scope);
    if (isUsable(slot.current) && slot.current !== refused) return slot.current;
    const isOwner = slot.pending === undefined;
    slot.pending ??= grantFor(challenges, ask);
    const { pending } = slot;
    try {
      slot.current = await pending;
      return slot.current;
    } catch (error) {
      const isOthersCancellation = isMonoError(error, 'CANCELLED') && !isOwner;
      if (!isOthersCancellation) throw error;
    } finally {
      if (slot.pending === pending) slot.pending = undefined;
    }
    throwIfAborted(ask.request.signal);
    return renew(ask, refused, challenges);
  }

  async function grantFor(challenges: readonly Challenge[], ask: Ask): Promise<Grant | undefined> {
    const known = await searchOnce();
    const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
    if (bearer) return bearerGrant(send, bearer, { ...ask, registry, known });
    const { found } = known;
    const acceptsBasic = challenges.some(({ scheme }) => scheme === 'basic');
    const hasPassword = found && 'password' in found;
    return acceptsBasic && hasPassword ? lasting(basicAuthorization(found)) : undefined;
  }

  return {
    async send(request, scope) {
      const { current } = slotOf(scope);
      const grant = isUsable(current) ? current : undefined;
      const response = await send(authorized(request, grant));
      if (response.status !== 401 || response.url.origin !== request.url.origin) return response;
      const challenges = parseChallenges(response.header('www-authenticate') ?? '');
      const renewed = await renew({ request, scope }, grant, challenges);
      if (!renewed) return response;
      await discardQuietly(response);
      return send(authorized(request, renewed));
    },
    credentials: searchOnce,
  };
}

function isUsable(grant: Grant | undefined): grant is Grant {
  return grant !== undefined && grant.usableUntilMs > Date.now();
}

interface Ask {
  readonly request: HttpRequest;
  readonly scope: string;
}

interface BearerAsk extends Ask {
  readonly registry: string;
  readonly known: CredentialSearch;
}

async function bearerGrant(
  send: Send,
  challenge: Challenge,
  { request, scope, registry, known }: BearerAsk,
): Promise<Grant> {
  const { found } = known;
  if (found && 'registryToken' in found) return lasting(`Bearer ${found.registryToken}`);
  const asked = challenge.parameters.get('scope') ?? scope;
  const token = await fetchToken(send, {
    realm: challenge.parameters.get('realm') ?? '',
    service: challenge.parameters.get('service'),
    scopes: asked.split(' ').filter((part) => part !== ''),
    registry,
    credentials: known,
    challenged: request,
  });
  return { authorization: `Bearer ${token.value}`, usableUntilMs: usableUntil(token) };
}

function usableUntil(token: Token): number {
  const lifeMs = token.expiresAtMs - Date.now();
  return token.expiresAtMs - Math.min(EXPIRY_MARGIN_MS, lifeMs / 10);
}

function lasting(authorization: string): Grant {
  return { authorization, usableUntilMs: Number.POSITIVE_INFINITY };
}

function authorized(request: HttpRequest, grant: Grant | undefined): HttpRequest {
  if (!grant) return request;
  const { authorization } = grant;
  return { ...request, headers: { ...request.headers, authorization } };
}
