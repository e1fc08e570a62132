import { isMonoError, MonoError } from '../../errors.js';
import { createAuthorizer, type Authorizer } from '../auth/authorizer.js';
import type { CredentialSource } from '../auth/credentials.js';
import { endpointUrl, type RegistryEndpoint } from './endpoint.js';
import type { HttpResponse } from './http.js';
import type { ProxyOptions } from './proxy.js';
import { withRedirects } from './redirect.js';
import type { Reference } from '../reference.js';
import { responseError } from './response-error.js';
import { discardQuietly } from './response-body.js';
import { withRetry, type RetryPolicy } from './retry.js';
import { createSendOnce, type SendOnce, type Timeouts } from './send-once.js';

/** What every connection shares. */
export interface ConnectionOptions {
  readonly credentials: CredentialSource;
  readonly userAgent: string;
  readonly timeouts: Timeouts;
  readonly retry: RetryPolicy;
  readonly proxies?: ProxyOptions | undefined;
}

/** A request within one repository. */
export interface RepositoryRequest {
  readonly reference: Reference;
  /** after `/v2/NAME/`: `manifests/latest`; or an address on the same host, from a `Link` header */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly purpose: string;
  readonly signal?: AbortSignal | undefined;
}

/** The way to one registry: its endpoint and mirrors, with connections, tokens and retries. */
export interface Connection {
  /**
   * Returns the first answer that is a success (2xx; for a request with a range also 416), asking
   * mirrors in order and then the registry.
   *
   * @throws {MonoError} what {@link responseError} makes of the registry's own refusal,
   *   `REGISTRY_UNREACHABLE`, `REGISTRY_PROTOCOL`, `CANCELLED`
   */
  get(request: RepositoryRequest): Promise<HttpResponse>;
  /** Does what `get` does, without the mirrors. */
  getFromRegistry(request: RepositoryRequest): Promise<HttpResponse>;
  /**
   * Makes the mirror that gave `response` not to be asked again, since its bytes were wrong.
   * Returns false if it was not a mirror: then there is nobody else to ask.
   */
  distrust(response: HttpResponse): boolean;
  close(): void;
}

/** A mirror that does not answer must not hold up the install for long. */
const MIRROR_MAX_ATTEMPTS = 2;

/**
 * Returns a connection to `registry`; connects to nothing yet.
 *
 * @throws {MonoError} `CONFIG_INVALID` when an endpoint's address cannot be used
 */
export function connect(
  registry: string,
  endpoint: RegistryEndpoint,
  options: ConnectionOptions,
): Connection {
  const mirrors = (endpoint.mirrors ?? []).map((mirror) => openMirror(mirror, registry, options));
  const own = openRoute({ registry, endpoint }, options);

  const distrusted = new Set<Route>();
  const origins = new WeakMap<HttpResponse, Route>();

  async function getFromRegistry(request: RepositoryRequest): Promise<HttpResponse> {
    const response = await sendOn(own, request);
    if (isSuccess(response, request)) return response;
    const hasCredentials = await own.authorizer.hasCredentials();
    throw await responseError(response, { purpose: request.purpose, registry, hasCredentials });
  }

  return {
    async get(request) {
      for (const mirror of mirrors.filter((route) => !distrusted.has(route))) {
        const response = await tryMirror(mirror, request);
        if (!response) continue;
        origins.set(response, mirror);
        return response;
      }
      return getFromRegistry(request);
    },
    getFromRegistry,
    distrust(response) {
      const mirror = origins.get(response);
      if (mirror) distrusted.add(mirror);
      return mirror !== undefined;
    },
    close() {
      for (const route of [...mirrors, own]) route.sendOnce.close();
    },
  };
}

/** One address at which a registry's content is served. */
interface Route {
  readonly base: URL;
  readonly sendOnce: SendOnce;
  readonly authorizer: Authorizer;
}

function openMirror(mirror: RegistryEndpoint, registry: string, options: ConnectionOptions): Route {
  const retry = {
    ...options.retry,
    maxAttempts: Math.min(options.retry.maxAttempts, MIRROR_MAX_ATTEMPTS),
  };
  const name = endpointUrl(registry, mirror).host;
  return openRoute({ registry: name, endpoint: mirror }, { ...options, retry });
}

/** `registry` is the name under which credentials are filed: a mirror never sees the registry's. */
function openRoute(
  { registry, endpoint }: { registry: string; endpoint: RegistryEndpoint },
  options: ConnectionOptions,
): Route {
  const base = endpointUrl(registry, endpoint);
  const sendOnce = createSendOnce({
    timeouts: options.timeouts,
    userAgent: options.userAgent,
    proxies: options.proxies,
    origin: base.origin,
    caPem: endpoint.caPem,
    clientCertificate: endpoint.clientCertificate,
    skipVerification: endpoint.insecure === true,
  });
  const send = withRetry(withRedirects(sendOnce.send), options.retry);
  const { credentials } = options;
  return { base, sendOnce, authorizer: createAuthorizer({ registry, credentials, send }) };
}

async function sendOn(route: Route, request: RepositoryRequest): Promise<HttpResponse> {
  const { repository } = request.reference;
  const url = new URL(request.path, new URL(`v2/${repository}/`, route.base));
  if (url.origin !== route.base.origin) {
    const state = `\`${route.base.host}\` points to another host`;
    throw new MonoError('REGISTRY_PROTOCOL', `Cannot ${request.purpose}: ${state}`, {
      details: { host: route.base.host, purpose: request.purpose },
    });
  }
  const { headers = {}, purpose, signal } = request;
  return route.authorizer.send({ url, headers, purpose, signal }, `repository:${repository}:pull`);
}

async function tryMirror(
  mirror: Route,
  request: RepositoryRequest,
): Promise<HttpResponse | undefined> {
  try {
    const response = await sendOn(mirror, request);
    if (isSuccess(response, request)) return response;
    await discardQuietly(response);
    return undefined;
  } catch (error) {
    if (isMonoError(error, 'CANCELLED')) throw error;
    return undefined;
  }
}

function isSuccess({ status }: HttpResponse, { headers }: RepositoryRequest): boolean {
  const isRangeRefused = status === 416 && headers !== undefined && 'range' in headers;
  return isRangeRefused || (status >= 200 && status < 300);
}
