import { redact } from '../../base/redact.js';
import { MonoError } from '../../errors.js';
import type { HttpRequest, HttpResponse, Send } from './http.js';
import { discardQuietly } from './response-body.js';

/** The most redirects of one request. Registries use one, to their storage; proxies add some. */
export const MAX_REDIRECTS = 5;

const REDIRECT_STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Headers that say who asks; meant for the origin they were made for and no other. */
const CREDENTIAL_HEADERS: ReadonlySet<string> = new Set(['authorization', 'cookie']);

/**
 * Returns `send` with redirects followed. Credentials stay with the origin they were sent to; a
 * redirect from https to http is refused.
 *
 * @throws {MonoError} `REGISTRY_PROTOCOL` for a redirect that cannot or must not be followed
 */
export function withRedirects(send: Send): Send {
  return async function sendWithRedirects(request) {
    let current = request;
    for (let count = 0; count <= MAX_REDIRECTS; count += 1) {
      const response = await send(current);
      if (!REDIRECT_STATUSES.has(response.status)) return response;
      await discardQuietly(response);
      if (request.form) throw refusal(current, 'it redirects a request with a secret in it');
      if (!isKept(request, response)) throw refusal(current, 'it redirects what was to be stored');
      current = redirected(current, response);
    }
    throw refusal(current, `it redirects more than ${MAX_REDIRECTS} times`);
  };
}

/** Of the redirects only 307 and 308 keep method and body. */
function isKept({ method = 'HEAD' }: HttpRequest, { status }: HttpResponse): boolean {
  return method === 'HEAD' || status === 307 || status === 308;
}

function redirected(request: HttpRequest, response: HttpResponse): HttpRequest {
  const location = response.header('location') ?? '';
  const url = URL.canParse(location, request.url.href) ? new URL(location, request.url) : undefined;
  if (location === '' || !url) {
    throw refusal(request, `it redirects to \`${redact(location)}\`, which is no address`);
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw refusal(request, `it redirects to \`${redact(url.protocol)}\``);
  }
  if (request.url.protocol === 'https:' && url.protocol === 'http:') {
    throw refusal(request, `it redirects to \`${redact(url.host)}\` without encryption`);
  }
  url.username = '';
  url.password = '';
  const isSameOrigin = url.origin === request.url.origin;
  return {
    ...request,
    url,
    headers: isSameOrigin ? request.headers : withoutCredentials(request.headers),
  };
}

function withoutCredentials(headers: HttpRequest['headers']): HttpRequest['headers'] {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !CREDENTIAL_HEADERS.has(name)),
  );
}

function refusal(request: HttpRequest, state: string): MonoError {
  const { host } = request.url;
  const message = `Cannot ${request.purpose}: \`${host}\` gave a bad redirect: ${state}`;
  return new MonoError('REGISTRY_PROTOCOL', message, {
    details: { host, purpose: request.purpose },
  });
}
