import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { Readable } from 'node:stream';
import { rootCertificates } from 'node:tls';
import got, { type OptionsInit, type Request } from 'got';
import { throwIfAborted } from '../../base/async.js';
import { createAgents } from './agents.js';
import type { HttpRequest, HttpResponse, Send } from './http.js';
import { isHttpParseError, networkError } from './network-error.js';
import type { ProxyOptions } from './proxy.js';
import { readBody, type BodyPace } from './read-body.js';

/** How long each phase of a request may take, in `ms`. */
export interface Timeouts extends BodyPace {
  /** name look-up, TCP and TLS, each */
  readonly connectMs: number;
  /** from the end of the request to the first byte of the answer */
  readonly responseMs: number;
}

/** Connections, trust and habits of {@link createSendOnce}. */
export interface SendOnceOptions {
  readonly timeouts: Timeouts;
  readonly userAgent: string;
  readonly proxies?: ProxyOptions | undefined;
  /** certificates that are trusted beside the usual ones, PEM */
  readonly caPem?: string | undefined;
  /** what the options below apply to; other hosts are met with the usual checks */
  readonly origin: string;
  /** whether the certificate of `origin` is taken unchecked */
  readonly skipVerification?: boolean;
  /** shown to `origin` only, PEM */
  readonly clientCertificate?: ClientCertificate | undefined;
}

/** A certificate with which a client shows who it is. */
export interface ClientCertificate {
  readonly certificatePem: string;
  readonly keyPem: string;
}

/** A {@link Send} and the connections behind it. */
export interface SendOnce {
  readonly send: Send;
  /** Closes idle connections; requests under way fail. */
  close(): void;
}

/**
 * Returns a {@link Send} that makes one attempt, follows nothing and decodes nothing. A server
 * whose header lines end in a bare line feed is asked again, on a connection of its own, with a
 * parser that takes them.
 */
export function createSendOnce(options: SendOnceOptions): SendOnce {
  const { proxies = {}, timeouts } = options;
  const agents = createAgents({ proxies, connectMs: timeouts.connectMs });

  async function send(request: HttpRequest): Promise<HttpResponse> {
    throwIfAborted(request.signal);
    const init = { ...gotOptions(request, options), agent: { ...agents.for(request.url) } };
    try {
      return await exchange(request, init, timeouts);
    } catch (error) {
      if (!isHttpParseError(error)) throw error;
      const lenient = { ...init, agent: {}, request: requestLeniently };
      return exchange(request, lenient, timeouts);
    }
  }

  return { send, close: () => agents.close() };
}

type GotInit = Omit<OptionsInit, 'isStream'>;

function gotOptions(request: HttpRequest, options: SendOnceOptions): GotInit {
  const { connectMs, responseMs } = options.timeouts;
  const isOwn = request.url.origin === options.origin;
  const { caPem, clientCertificate } = options;
  return {
    method: request.method ?? (request.form ? 'POST' : 'GET'),
    headers: {
      'user-agent': options.userAgent,
      'accept-encoding': 'identity',
      ...(request.form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
      ...request.headers,
    },
    ...bodyOf(request),
    ...(request.signal ? { signal: request.signal } : {}),
    timeout: {
      lookup: connectMs,
      connect: connectMs,
      secureConnect: connectMs,
      response: responseMs,
    },
    retry: { limit: 0 },
    followRedirect: false,
    throwHttpErrors: false,
    decompress: false,
    https: {
      ...(caPem === undefined ? {} : { certificateAuthority: [...rootCertificates, caPem] }),
      rejectUnauthorized: !(isOwn && options.skipVerification === true),
      ...(isOwn && clientCertificate
        ? { certificate: clientCertificate.certificatePem, key: clientCertificate.keyPem }
        : {}),
    },
  };
}

function bodyOf({ form, body }: HttpRequest): Pick<GotInit, 'body'> {
  if (form) return { body: form.toString() };
  if (body === undefined) return {};
  const isStream = typeof body === 'function';
  return { body: isStream ? Readable.from(body(), { objectMode: false }) : Buffer.from(body) };
}

async function exchange(
  request: HttpRequest,
  init: GotInit,
  pace: BodyPace,
): Promise<HttpResponse> {
  const stream = got.stream(request.url, init);
  const response = await new Promise<NonNullable<Request['response']>>((resolve, reject) => {
    stream.once('response', resolve);
    // The listener stays: an error between the answer and the first read must not be unhandled.
    stream.on('error', (error: unknown) => reject(networkError(error, request)));
  });
  return {
    status: response.statusCode,
    url: request.url,
    header(name) {
      const value = response.headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    },
    body: bodyOfAnswer(stream, request, pace),
    discard() {
      stream.destroy();
    },
  };
}

async function* bodyOfAnswer(
  stream: Request,
  request: HttpRequest,
  pace: BodyPace,
): AsyncGenerator<Uint8Array> {
  try {
    yield* readBody(stream, pace);
  } catch (error) {
    throw networkError(error, request);
  }
}

type RequestFunction = NonNullable<OptionsInit['request']>;

function requestLeniently(...[url, options, callback]: Parameters<RequestFunction>) {
  const send = url.protocol === 'https:' ? tlsRequest : plainRequest;
  return send(url, { ...options, agent: false, insecureHTTPParser: true }, callback);
}
