import { Agent as PlainAgent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import { HttpProxyAgent, HttpsProxyAgent } from 'hpagent';
import { proxyFor, type ProxyOptions } from './proxy.js';

/** Pools of connections, direct and through proxies. */
export interface Agents {
  /** Returns the pools for `url`. */
  for(url: URL): AgentPair;
  /** Closes idle connections; requests under way fail. */
  close(): void;
}

/** One pool for plain connections and one for TLS. */
export interface AgentPair {
  readonly http: PlainAgent;
  readonly https: TlsAgent;
}

/** Idle connections that are kept: more than the parallel downloads of one install. */
const MAX_FREE_SOCKETS = 16;

/**
 * Returns pools that keep connections for the next request. Idle ones do not keep the process
 * running.
 *
 * @param options `connectMs` bounds the way to a proxy; got bounds the rest
 */
export function createAgents(options: {
  readonly proxies: ProxyOptions;
  readonly connectMs: number;
}): Agents {
  const pool = { keepAlive: true, maxFreeSockets: MAX_FREE_SOCKETS };
  const direct: AgentPair = { http: new PlainAgent(pool), https: new TlsAgent(pool) };
  const proxied = new Map<string, AgentPair>();

  function through(proxy: URL): AgentPair {
    const known = proxied.get(proxy.href);
    if (known) return known;
    const settings = { ...pool, proxy, timeout: options.connectMs };
    const pair = { http: new HttpProxyAgent(settings), https: new HttpsProxyAgent(settings) };
    proxied.set(proxy.href, pair);
    return pair;
  }

  return {
    for(url) {
      const proxy = proxyFor(url, options.proxies);
      return proxy ? through(proxy) : direct;
    },
    close() {
      for (const { http, https } of [direct, ...proxied.values()]) {
        http.destroy();
        https.destroy();
      }
    },
  };
}
