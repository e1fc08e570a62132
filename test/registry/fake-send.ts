import type { HttpRequest, HttpResponse, Send } from '../../src/lib/registry/transport/http.js';

/** An answer as tests write it down. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Returns a `Send` that takes its answers from `answer`, and the requests that it saw. */
export function scriptedSend(answer: (request: HttpRequest, index: number) => Answer | Error): {
  readonly send: Send;
  readonly requests: readonly HttpRequest[];
} {
  const requests: HttpRequest[] = [];
  function send(request: HttpRequest): Promise<HttpResponse> {
    requests.push(request);
    const result = answer(request, requests.length - 1);
    return result instanceof Error
      ? Promise.reject(result)
      : Promise.resolve(responseOf(request, result));
  }
  return { send, requests };
}

/** Returns a GET of `url` with an `Authorization` header. */
export function requestTo(url: string, options: Partial<HttpRequest> = {}): HttpRequest {
  return {
    url: new URL(url),
    headers: { accept: 'a/b', authorization: 'Bearer secret' },
    purpose: 'fetch it',
    ...options,
  };
}

function responseOf(request: HttpRequest, answer: Answer): HttpResponse {
  const body = Buffer.from(answer.body ?? '');
  return {
    status: answer.status,
    url: request.url,
    header: (name) => answer.headers?.[name],
    body: (async function* () {
      yield await Promise.resolve(body);
    })(),
    discard: () => undefined,
  };
}
