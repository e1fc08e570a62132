import { isMonoError, MonoError } from '../../errors.js';
import { createAuthorizer, type Authorizer } from '../auth/authorizer.js';
import type { CredentialSource } from '../auth/credentials.js';
import { checkAccess } from './check-access.js';
import { endpointUrl, type RegistryEndpoint } from './endpoint.js';
import type { HttpRequest, HttpResponse, Send } from './http.js';
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
  /** default GET */
  readonly method?: 'HEAD';
  readonly purpose: string;
  readonly signal?: AbortSignal | undefined;
}

/** A request that may change a repository. */
export interface RepositoryWrite
  extends Pick<HttpRequest, 'method' | 'body'>, Omit<RepositoryRequest, 'method'> {
  /** another repository of the registry that is read for it */
  readonly from?: Reference | undefined;
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
  /** Sends a request with the right to push to the registry itself; returns whatever it answers. */
  write(request: RepositoryWrite): Promise<HttpResponse>;
  /** Returns the error that an answer of the registry itself means. Reads its body. */
  refusal(response: HttpResponse, purpose: string): Promise<MonoError>;
  /** Asks the registry itself whether it lets us in, see {@link checkAccess}. */
  checkAccess(options: { readonly signal?: AbortSignal | undefined }): Promise<boolean>;
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
    throw await refusal(response, request.purpose);
  }

  async function refusal(response: HttpResponse, purpose: string): Promise<MonoError> {
    const credentials = await own.authorizer.credentials();
    return responseError(response, { purpose, registry, credentials });
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
    refusal,
    async write(request) {
      const { repository } = request.reference;
      const scopes = [`repository:${repository}:pull,push`];
      if (request.from) scopes.push(`repository:${request.from.repository}:pull`);
      return sendOn(own, request, scopes.join(' '));
    },
    checkAccess: ({ signal }) => checkAccess({ ...own, registry, refusal, signal }),
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
  /** without authorisation */
  readonly send: Send;
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
  return { base, send, sendOnce, authorizer: createAuthorizer({ registry, credentials, send }) };
}

async function sendOn(
  route: Route,
  request: RepositoryWrite,
  scope = `repository:${request.reference.repository}:pull`,
): Promise<HttpResponse> {
  const { repository } = request.reference;
  const url = new URL(request.path, new URL(`v2/${repository}/`, route.base));
  if (url.origin !== route.base.origin) {
    const state = `\`${route.base.host}\` points to another host`;
    throw new MonoError('REGISTRY_PROTOCOL', `Cannot ${request.purpose}: ${state}`, {
      details: { host: route.base.host, purpose: request.purpose },
    });
  }
  const { headers = {}, method, body, purpose, signal } = request;
  const content = method === undefined ? {} : { method, body };
  return route.authorizer.send({ url, headers, purpose, signal, ...content }, scope);
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
