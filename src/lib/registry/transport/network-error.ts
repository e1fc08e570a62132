import { redact } from '../../base/redact.js';
import { MonoError, isMonoError } from '../../errors.js';
import type { HttpRequest } from './http.js';

/** Failures after which the same request may well succeed. */
const TRANSIENT: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENETDOWN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'UND_ERR_SOCKET',
  'ERR_TOO_SLOW',
]);

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection broke',
  EPIPE: 'the connection broke',
  ENOTFOUND: 'no such host is known',
  EAI_AGAIN: 'the name server does not answer',
  ETIMEDOUT: 'it does not answer in time',
  ERR_TOO_SLOW: 'it sends too slowly',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'there is no route to it',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
};

const UNTRUSTED: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/**
 * Returns `error`, raised by the network while `request` was under way, as a `MonoError`. The
 * original is not kept as the cause: the HTTP client's errors hold the request with its credentials.
 */
export function networkError(error: unknown, request: HttpRequest): MonoError {
  if (isMonoError(error)) return error;
  const { name, code, message } = describe(error);
  if (request.signal?.aborted || name === 'AbortError') {
    return new MonoError('CANCELLED', 'The operation was interrupted');
  }
  const { host, protocol } = request.url;
  const details = { host, reason: code, purpose: request.purpose };
  const start = `Cannot ${request.purpose}`;
  if (isNotHttp(code)) {
    const state = `\`${host}\` gave an answer that is not HTTP`;
    return new MonoError('REGISTRY_PROTOCOL', `${start}: ${state}`, { details });
  }
  const state = `\`${host}\` cannot be reached: ${reasonOf({ code, message, protocol })}`;
  const hint = hintFor(code);
  return new MonoError('REGISTRY_UNREACHABLE', `${start}: ${state}`, {
    details,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** Returns whether `error` is a failure of the network after which trying again makes sense. */
export function isTransient(error: unknown): boolean {
  return (
    isMonoError(error, 'REGISTRY_UNREACHABLE') && TRANSIENT.has(String(error.details['reason']))
  );
}

/** Returns whether `error` says that the answer could not be parsed as HTTP. */
export function isHttpParseError(error: unknown): boolean {
  return (
    isMonoError(error, 'REGISTRY_PROTOCOL') && String(error.details['reason']).startsWith('HPE_')
  );
}

function describe(error: unknown): { name: string; code: string; message: string } {
  if (!(error instanceof Error)) return { name: '', code: 'unknown', message: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
  return { name: error.name, code, message: error.message };
}

/** TLS spoken with a server that does not, or the other way round. */
function isNotHttp(code: string): boolean {
  return code.startsWith('HPE_') || code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'EPROTO';
}

function reasonOf(failure: { code: string; message: string; protocol: string }): string {
  const { code, message } = failure;
  if (UNTRUSTED.has(code)) return 'its certificate is not signed by a known authority';
  return REASONS[code] ?? redact(message);
}

function hintFor(code: string): string | undefined {
  if (UNTRUSTED.has(code)) return "Configure the registry's own CA file.";
  if (code === 'ENOTFOUND') return 'Check the spelling of the registry and the network connection.';
  return undefined;
}
