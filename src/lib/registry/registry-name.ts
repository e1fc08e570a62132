import { isIPv4, isIPv6 } from 'node:net';
import { redact } from '../base/redact.js';

/** The registry of names that have none, and the only one with a `library/`. */
export const DOCKER_HUB = 'docker.io';

/** Names that mean Docker Hub; references show {@link DOCKER_HUB}. */
const DOCKER_HUB_ALIASES: ReadonlySet<string> = new Set(['index.docker.io']);

const LABEL = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/i;

/** Longest label of a host name, in bytes: RFC 1035, section 2.3.4. */
const MAX_LABEL_LENGTH = 63;
const MAX_PORT = 65_535;

/** A registry's name taken apart. */
export interface RegistryHost {
  /** without the brackets of an IPv6 address */
  readonly host: string;
  readonly port: number | undefined;
}

/**
 * Returns what is wrong with `registry` (`host[:port]`, `[ipv6][:port]`) as the end of a sentence
 * that starts with its name, or `undefined` if nothing is.
 */
export function registryProblem(registry: string): string | undefined {
  const match = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(registry);
  if (!match) return `\`${redact(registry)}\` is not a host with an optional port`;
  const [, host = '', port] = match;
  if (port !== undefined && !isPort(port)) return `has \`${redact(port)}\` for a port`;
  if (host.startsWith('[')) {
    return isIPv6(host.slice(1, -1)) && !host.includes('%')
      ? undefined
      : `has \`${redact(host)}\` for an IPv6 address`;
  }
  const labels = host.split('.');
  const isName = labels.every((label) => LABEL.test(label) && label.length <= MAX_LABEL_LENGTH);
  return isName ? undefined : `has \`${redact(host)}\` for a host`;
}

/** Returns the name under which references show `registry`: lower case, aliases resolved. */
export function canonicalRegistry(registry: string): string {
  const lower = registry.toLowerCase();
  return DOCKER_HUB_ALIASES.has(lower) ? DOCKER_HUB : lower;
}

/** Returns the host and port of a registry name without a {@link registryProblem}. */
export function registryHost(registry: string): RegistryHost {
  const [, host = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(registry) ?? [];
  return {
    host: host.replace(/^\[|\]$/g, ''),
    port: port === undefined ? undefined : Number(port),
  };
}

/**
 * Returns whether `host` (a name or an address, IPv6 with or without brackets) means this machine:
 * `localhost`, 127.0.0.0/8 or ::1. Decided by sight, without a name server.
 */
export function isLoopbackHost(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  if (bare === 'localhost' || bare.endsWith('.localhost')) return true;
  if (isIPv4(bare)) return bare.startsWith('127.');
  return isIPv6(bare) && new URL(`http://[${bare}]/`).hostname === '[::1]';
}

function isPort(text: string): boolean {
  return /^[0-9]{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= MAX_PORT;
}
