import { redact } from '../../base/redact.js';
import { MonoError } from '../../errors.js';
import type { CredentialSearch } from './credentials.js';
import { isJsonObject, parseJsonObject } from '../manifest/descriptor.js';
import type { HttpRequest, HttpResponse, Send } from '../transport/http.js';
import { isLoopbackHost } from '../registry-name.js';
import { responseError } from '../transport/response-error.js';
import { readDocument } from '../transport/response-body.js';

/** The longest answer of a token server, in bytes; tokens with certificates in them take 10 KiB. */
const MAX_TOKEN_ANSWER_BYTES = 256 * 1024;

/** The life of a token whose server does not say: distribution-spec's token document, `s`. */
const DEFAULT_LIFETIME_SECONDS = 60;

/** What may stand in an `Authorization` header. */
const TOKEN = /^[\x21-\x7e]+$/;

/** A bearer token and when it ends. */
export interface Token {
  readonly value: string;
  /** by our own clock */
  readonly expiresAtMs: number;
}

/** What a token is asked for. */
export interface TokenRequest {
  /** the `realm` of the challenge */
  readonly realm: string;
  readonly service: string | undefined;
  readonly scopes: readonly string[];
  /** as references show it */
  readonly registry: string;
  readonly credentials: CredentialSearch;
  /** the request that was challenged */
  readonly challenged: HttpRequest;
}

/**
 * Returns a bearer token from the token server that a registry names in its challenge.
 *
 * @throws {MonoError} `REGISTRY_UNAUTHORIZED`, `REGISTRY_FORBIDDEN`, `REGISTRY_PROTOCOL`,
 *   `REGISTRY_RATE_LIMITED`, `REGISTRY_UNREACHABLE`, `CANCELLED`
 * @see the token authentication specification of distribution
 */
export async function fetchToken(send: Send, request: TokenRequest): Promise<Token> {
  const url = realmUrl(request);
  const purpose = `get a token for \`${request.registry}\``;
  const { signal } = request.challenged;
  const response = await send({ ...tokenMessage(url, request), purpose, signal });
  if (response.status !== 200) {
    throw await responseError(response, {
      purpose,
      registry: request.registry,
      credentials: request.credentials,
    });
  }
  return readToken(response, purpose);
}

/** A realm without encryption is taken only from a registry without it. */
function realmUrl(request: TokenRequest): URL {
  const { realm, challenged, registry } = request;
  const url = URL.canParse(realm) ? new URL(realm) : undefined;
  const isPlain = url?.protocol === 'http:' && challenged.url.protocol === 'http:';
  if (!url || !(url.protocol === 'https:' || isPlain)) {
    throw badRealm(request, `it names \`${redact(realm)}\` as its token server`);
  }
  if (isPlain && isLoopbackHost(challenged.url.hostname) && !isLoopbackHost(url.hostname)) {
    throw badRealm(
      request,
      `\`${registry}\` on this machine names a token server elsewhere, without encryption`,
    );
  }
  url.username = '';
  url.password = '';
  url.hash = '';
  return url;
}

function badRealm(request: TokenRequest, state: string): MonoError {
  const { challenged } = request;
  const { host } = challenged.url;
  return new MonoError(
    'REGISTRY_PROTOCOL',
    `Cannot ${challenged.purpose}: the challenge of \`${host}\` is not usable: ${state}`,
    { details: { host, purpose: challenged.purpose } },
  );
}

function tokenMessage(
  url: URL,
  request: TokenRequest,
): Pick<HttpRequest, 'url' | 'headers' | 'form'> {
  const { service, scopes } = request;
  const { found } = request.credentials;
  if (found && 'identityToken' in found) {
    const form = new URLSearchParams({ grant_type: 'refresh_token', client_id: 'mono' });
    form.set('refresh_token', found.identityToken);
    if (service !== undefined) form.set('service', service);
    if (scopes.length > 0) form.set('scope', scopes.join(' '));
    return { url, headers: {}, form };
  }
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  const hasPassword = found && 'password' in found;
  return { url, headers: hasPassword ? { authorization: basicAuthorization(found) } : {} };
}

/** Returns the `Authorization` header of the basic scheme. */
export function basicAuthorization(account: { username: string; password: string }): string {
  const pair = Buffer.from(`${account.username}:${account.password}`, 'utf8');
  return `Basic ${pair.toString('base64')}`;
}

async function readToken(response: HttpResponse, purpose: string): Promise<Token> {
  const { host } = response.url;
  function refuse(reason: string): MonoError {
    const message = `Cannot ${purpose}: the answer of \`${host}\` is not usable: ${reason}`;
    return new MonoError('REGISTRY_PROTOCOL', message, { details: { host, purpose } });
  }
  const bytes = await readDocument(response, { limitBytes: MAX_TOKEN_ANSWER_BYTES, purpose });
  const answer = parseJsonObject(bytes, refuse);
  const value = isText(answer['token']) ? answer['token'] : answer['access_token'];
  if (!isText(value)) throw refuse('it has no token');
  if (!TOKEN.test(value)) throw refuse('its token has characters that no token has');
  return { value, expiresAtMs: Date.now() + lifetimeSeconds(answer) * 1000 };
}

function lifetimeSeconds(answer: unknown): number {
  const stated = isJsonObject(answer) ? answer['expires_in'] : undefined;
  return typeof stated === 'number' && stated > 0 ? stated : DEFAULT_LIFETIME_SECONDS;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
