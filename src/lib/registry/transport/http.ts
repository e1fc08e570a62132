/** A request and what it is for: by default a GET, or with `form` a POST. */
export interface HttpRequest {
  readonly url: URL;
  /** names in lower case */
  readonly headers: Readonly<Record<string, string>>;
  /** what errors say that was being done: a verb in the infinitive and its object */
  readonly purpose: string;
  readonly form?: URLSearchParams;
  readonly method?: 'HEAD' | 'POST' | 'PATCH' | 'PUT';
  /** what is sent: the bytes, or what starts a stream of them, whose length stands in the headers */
  readonly body?: Uint8Array | (() => AsyncIterable<Uint8Array>) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The answer to a request. Its body must be read to the end or given up with `discard`. */
export interface HttpResponse {
  readonly status: number;
  /** where the answer came from, after redirects */
  readonly url: URL;
  /** Returns the header of this lower-case name; repeated ones are joined by a comma. */
  header(name: string): string | undefined;
  /** consumed once; throws when the connection breaks or stalls */
  readonly body: AsyncIterable<Uint8Array>;
  /** Gives the body up; closes the connection. Does nothing after the body has ended. */
  discard(): void;
}

/**
 * Sends a request. What retries, redirects or authorises has the same shape and wraps another.
 *
 * @throws {MonoError} `REGISTRY_UNREACHABLE`, `REGISTRY_PROTOCOL`, `CANCELLED`
 */
export type Send = (request: HttpRequest) => Promise<HttpResponse>;
