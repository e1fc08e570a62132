import { redact } from '../../base/redact.js';
import { MonoError, type DetailValue } from '../../errors.js';
import type { CredentialSearch } from '../auth/credentials.js';
import { credentialVerdict } from '../auth/credential-verdict.js';
import { isJsonObject, parseJsonObject } from '../manifest/descriptor.js';
import type { HttpResponse } from './http.js';
import { MAX_ERROR_BODY_BYTES, readDocument } from './response-body.js';
import type { Verdict } from './verdict.js';
import { formatWait, readRateLimit } from './rate-limit.js';

/** What {@link responseError} says beside what the answer tells. */
export interface ResponseContext {
  /** what was being done: a verb in the infinitive and its object */
  readonly purpose: string;
  /** as references show it */
  readonly registry: string;
  /** what came of looking for something that would let us in */
  readonly credentials: CredentialSearch;
}

/** How many of the errors in one answer are repeated. */
const MAX_REPEATED_ERRORS = 3;

/** How long an error's body may take to come in, in `ms`. */
const ERROR_BODY_TIMEOUT_MS = 10_000;

/** What a registry says about a failure. */
interface Statement {
  /** `MANIFEST_UNKNOWN`, `DENIED`, …; upper case */
  readonly codes: readonly string[];
  readonly text: string;
}

/**
 * Returns the error that an answer without success means. Reads its body.
 *
 * @see OCI distribution-spec v1.1, "Error codes"
 */
export async function responseError(
  response: HttpResponse,
  context: ResponseContext,
): Promise<MonoError> {
  const statement = await readStatement(response);
  const { status, url } = response;
  const { code, state, hint } = verdict(response, context);
  const said = statement.text === '' ? '' : ` (${statement.text})`;
  return new MonoError(code, `Cannot ${context.purpose}: \`${url.host}\` ${state}${said}`, {
    details: {
      purpose: context.purpose,
      registry: context.registry,
      host: url.host,
      status,
      codes: statement.codes,
      ...retryDetails(response),
      ...(status === 401 || status === 403 ? { lookedIn: context.credentials.lookedIn } : {}),
    },
    ...(hint === undefined ? {} : { hint }),
  });
}

function verdict(response: HttpResponse, context: ResponseContext): Verdict {
  const { status } = response;
  if (status === 401 || status === 403) return credentialVerdict(status, context);
  if (status === 404) return { code: 'REGISTRY_NOT_FOUND', state: 'does not have it' };
  if (status === 429) return rateLimited(response, context);
  if (status >= 500)
    return { code: 'REGISTRY_UNREACHABLE', state: `is out of order, status ${status}` };
  return { code: 'REGISTRY_PROTOCOL', state: `answers with status ${status}` };
}

function rateLimited(response: HttpResponse, context: ResponseContext): Verdict {
  const { waitMs, quota } = readRateLimit(response, Date.now());
  const wait = waitMs === undefined ? 'later' : `in ${formatWait(waitMs)}`;
  const allowed = quota ? ` (${quota.requests} in ${formatWait(quota.windowMs)})` : '';
  const more = context.credentials.found
    ? ''
    : `, or with an account: run \`mono login ${context.registry}\``;
  return {
    code: 'REGISTRY_RATE_LIMITED',
    state: `allows no more requests for now${allowed}`,
    hint: `Try again ${wait}${more}.`,
  };
}

function retryDetails(response: HttpResponse): Record<string, DetailValue> {
  if (response.status !== 429 && response.header('retry-after') === undefined) return {};
  const { waitMs } = readRateLimit(response, Date.now());
  return waitMs === undefined ? {} : { retryAfterSeconds: Math.ceil(waitMs / 1000) };
}

async function readStatement(response: HttpResponse): Promise<Statement> {
  try {
    const bytes = await readDocument(response, {
      limitBytes: MAX_ERROR_BODY_BYTES,
      timeoutMs: ERROR_BODY_TIMEOUT_MS,
      purpose: 'read the error',
    });
    return statementOf(
      parseJsonObject(bytes, (reason) => new MonoError('REGISTRY_PROTOCOL', reason)),
    );
  } catch {
    return { codes: [], text: '' };
  }
}

/** `{"errors":[{"code","message"}]}` of registries, `{"details"|"message"}` of token servers. */
function statementOf(document: Readonly<Record<string, unknown>>): Statement {
  const list: unknown = document['errors'];
  const errors = (Array.isArray(list) ? list : [document])
    .filter(isJsonObject)
    .slice(0, MAX_REPEATED_ERRORS);
  const codes = errors.flatMap(({ code }) => (typeof code === 'string' ? [redact(code)] : []));
  const texts = errors.flatMap(({ message, details }) => {
    const text = [message, details].find((value) => typeof value === 'string' && value !== '');
    return typeof text === 'string' ? [text] : [];
  });
  return { codes: codes.map((code) => code.toUpperCase()), text: redact(texts.join('; ')) };
}
