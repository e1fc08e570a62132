import {
  createRegistryClient,
  type RegistryClient,
  type RegistryClientOptions,
} from '../../src/lib/registry/client.js';
import type { RegistryEndpoint } from '../../src/lib/registry/transport/endpoint.js';

/** As patient as the real one in attempts, but not in time. */
export const QUICK_RETRY = {
  maxAttempts: 4,
  baseDelayMs: 1,
  maxDelayMs: 5,
  maxRetryAfterMs: 50,
} as const;

/** Returns a client for which `endpoint` stands for every registry. */
export function clientFor(
  endpoint: RegistryEndpoint,
  options: Partial<RegistryClientOptions> = {},
): RegistryClient {
  return createRegistryClient({
    endpoints: () => endpoint,
    userAgent: 'mono-test/1.0',
    retry: QUICK_RETRY,
    ...options,
  });
}

/** Returns the pieces of `source` as one array. */
export async function bytesOf(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Returns the items of `source`. */
export async function itemsOf<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}
