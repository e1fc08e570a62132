import { redact } from '../../base/redact.js';
import { MonoError, type DetailValue } from '../../errors.js';
import type { ErrorCode } from '../../error-codes.js';
import { isJsonObject, parseJsonObject } from '../manifest/descriptor.js';
import type { HttpResponse } from './http.js';
import { MAX_ERROR_BODY_BYTES, readDocument } from './response-body.js';
import { parseRetryAfter } from './retry-after.js';

/** What {@link responseError} says beside what the answer tells. */
export interface ResponseContext {
  /** what was being done: a verb in the infinitive and its object */
  readonly purpose: string;
  /** as references show it */
  readonly registry: string;
  /** whether something was shown that should have let us in */
  readonly hasCredentials: boolean;
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
    },
    ...(hint === undefined ? {} : { hint }),
  });
}

interface Verdict {
  readonly code: ErrorCode;
  /** continues the host's name */
  readonly state: string;
  readonly hint?: string;
}

function verdict(response: HttpResponse, context: ResponseContext): Verdict {
  const { status } = response;
  const { registry, hasCredentials } = context;
  if (status === 401) {
    return hasCredentials
      ? {
          code: 'REGISTRY_UNAUTHORIZED',
          state: 'does not accept the credentials',
          hint: `Store new credentials for \`${registry}\` as \`docker login\` does.`,
        }
      : {
          code: 'REGISTRY_UNAUTHORIZED',
          state: 'wants credentials; the repository is private or does not exist',
          hint: `Check the name, or store credentials for \`${registry}\` as \`docker login\` does.`,
        };
  }
  if (status === 403) return { code: 'REGISTRY_FORBIDDEN', state: 'denies access' };
  if (status === 404) return { code: 'REGISTRY_NOT_FOUND', state: 'does not have it' };
  if (status === 429) return rateLimited(response, context);
  if (status >= 500)
    return { code: 'REGISTRY_UNREACHABLE', state: `is out of order, status ${status}` };
  return { code: 'REGISTRY_PROTOCOL', state: `answers with status ${status}` };
}

function rateLimited(response: HttpResponse, context: ResponseContext): Verdict {
  const waitMs = parseRetryAfter(response.header('retry-after'), Date.now());
  const wait = waitMs === undefined ? 'later' : `in ${Math.ceil(waitMs / 1000)} s`;
  const more = context.hasCredentials
    ? ''
    : `, or with credentials for \`${context.registry}\`, which may have a higher limit`;
  return {
    code: 'REGISTRY_RATE_LIMITED',
    state: 'allows no more requests for now',
    hint: `Try again ${wait}${more}.`,
  };
}

function retryDetails(response: HttpResponse): Record<string, DetailValue> {
  const waitMs = parseRetryAfter(response.header('retry-after'), Date.now());
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
