import { redact } from '../../base/redact.js';
import { MonoError } from '../../errors.js';
import { DOCKER_HUB, isLoopbackHost, registryHost } from '../registry-name.js';
import type { ClientCertificate } from './send-once.js';

/** How one registry is reached; everything has a default. */
export interface RegistryEndpoint {
  /** base of the API, without `/v2/`; default: https, for a host that is this machine http */
  readonly url?: string | undefined;
  /** whether plain http is allowed and certificates are taken unchecked */
  readonly insecure?: boolean | undefined;
  /** certificates that are trusted beside the usual ones, PEM */
  readonly caPem?: string | undefined;
  readonly clientCertificate?: ClientCertificate | undefined;
  /** asked in this order before the registry itself; what they give is checked all the same */
  readonly mirrors?: readonly Omit<RegistryEndpoint, 'mirrors'>[] | undefined;
}

/** Where a registry's API is when that is not its name. */
const API_HOSTS: ReadonlyMap<string, string> = new Map([[DOCKER_HUB, 'registry-1.docker.io']]);

/**
 * Returns the address under which `/v2/` of a registry is found; ends in a slash.
 *
 * @throws {MonoError} `CONFIG_INVALID` when the configured address is not one, or is plain http to
 *   another machine without `insecure`
 */
export function endpointUrl(registry: string, endpoint: RegistryEndpoint): URL {
  const text = endpoint.url ?? defaultUrl(registry, endpoint);
  const url = parseBaseUrl(text);
  if (!url) throw invalidUrl(registry, text, 'it is not an http or https address alone');
  const isAllowed = url.protocol === 'https:' || endpoint.insecure || isLoopbackHost(url.hostname);
  if (!isAllowed)
    throw invalidUrl(registry, text, 'it has no encryption and is not marked insecure');
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

function parseBaseUrl(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isHttp = url?.protocol === 'https:' || url?.protocol === 'http:';
  const isBare = url && [url.search, url.hash, url.username, url.password].every((s) => s === '');
  return isHttp && isBare ? url : undefined;
}

function defaultUrl(registry: string, endpoint: RegistryEndpoint): string {
  const { host } = registryHost(registry);
  const isPlain = endpoint.insecure === true || isLoopbackHost(host);
  return `${isPlain ? 'http' : 'https'}://${API_HOSTS.get(registry) ?? registry}/`;
}

function invalidUrl(registry: string, text: string, reason: string): MonoError {
  const url = redact(text);
  return new MonoError(
    'CONFIG_INVALID',
    `Cannot use \`${url}\` as the endpoint of \`${registry}\`: ${reason}`,
    { details: { registry, url, reason } },
  );
}
