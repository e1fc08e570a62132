import { request as plainRequest, type IncomingHttpHeaders } from 'node:http';
import { request as tlsRequest } from 'node:https';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/**
 * Sends one request with Node's own client, so that tests do not lean on the code under test. Not with
 * `fetch`: in Node 20 that waits for ever where a connection ends while it is being made.
 */
export async function httpRequest(
  url: string | URL,
  options: {
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: Uint8Array;
    readonly caPem?: string | undefined;
    readonly signal?: AbortSignal;
  } = {},
): Promise<HttpAnswer> {
  const target = new URL(url);
  const send = target.protocol === 'https:' ? tlsRequest : plainRequest;
  return new Promise((resolve, reject) => {
    const request = send(
      target,
      {
        method: options.method ?? 'GET',
        headers: { ...options.headers, 'content-length': options.body?.length ?? 0 },
        ...(options.caPem === undefined ? {} : { ca: options.caPem }),
        agent: false,
        signal: options.signal,
      },
      (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('error', reject);
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(pieces),
          });
        });
      },
    );
    request.on('error', reject);
    request.end(options.body);
  });
}
