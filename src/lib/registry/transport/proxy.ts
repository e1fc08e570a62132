import { redact } from '../../base/redact.js';
import { MonoError } from '../../errors.js';
import { isLoopbackHost } from '../registry-name.js';

/** Through which proxies the network is reached; this machine itself never goes through one. */
export interface ProxyOptions {
  /** address of the proxy for https, with an account if it wants one */
  readonly https?: string | undefined;
  /** the same for plain http */
  readonly http?: string | undefined;
  /**
   * what is reached directly: `example.com` (and what ends in `.example.com`), `.example.com` (only
   * what ends in it), `192.0.2.7`, each with an optional `:port`, or `*` for everything
   */
  readonly noProxy?: readonly string[] | undefined;
}

/**
 * Returns the proxy through which `url` is reached, or `undefined` when directly.
 *
 * @throws {MonoError} `CONFIG_INVALID` when the proxy's address is not one
 */
export function proxyFor(url: URL, options: ProxyOptions): URL | undefined {
  const text = url.protocol === 'https:' ? options.https : options.http;
  if (text === undefined || text === '' || isDirect(url, options.noProxy ?? [])) return undefined;
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const proxy = URL.canParse(address) ? new URL(address) : undefined;
  if (proxy && (proxy.protocol === 'http:' || proxy.protocol === 'https:')) return proxy;
  const shown = redact(address);
  throw new MonoError(
    'CONFIG_INVALID',
    `Cannot use proxy \`${shown}\`: it is not an http address`,
    {
      details: { proxy: shown },
    },
  );
}

function isDirect(url: URL, exceptions: readonly string[]): boolean {
  return isLoopbackHost(url.hostname) || exceptions.some((exception) => matches(exception, url));
}

function matches(exception: string, url: URL): boolean {
  const text = exception.trim().toLowerCase();
  if (text === '') return false;
  if (text === '*') return true;
  const [, pattern = '', port] = /^(.*?)(?::([0-9]+))?$/.exec(text) ?? [];
  const actualPort = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  if (port !== undefined && port !== actualPort) return false;
  const suffix = pattern.replace(/^\*(?=\.)/, '');
  const host = url.hostname.toLowerCase();
  return suffix.startsWith('.')
    ? host.endsWith(suffix)
    : host === suffix || host.endsWith(`.${suffix}`);
}
