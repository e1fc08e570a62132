import { connect, type Connection } from './transport/connection.js';
import { firstOf, type CredentialSource } from './auth/credentials.js';
import type { Digest } from '../base/digest.js';
import type { Descriptor } from './manifest/descriptor.js';
import type { RegistryEndpoint } from './transport/endpoint.js';
import { listTags } from './tags/list-tags.js';
import { openBlob, type OpenBlobOptions } from './blob/open-blob.js';
import type { Platform } from './platform.js';
import type { ProxyOptions } from './transport/proxy.js';
import type { Reference } from './reference.js';
import { DocumentCache } from './manifest/document-cache.js';
import { fetchDocument, type FetchedDocument } from './manifest/fetch-manifest.js';
import { headDigest } from './manifest/head-digest.js';
import { resolveImage, type ResolvedImage } from './manifest/resolve-image.js';
import type { RetryPolicy } from './transport/retry.js';
import type { SignedImage } from './signature/signature-gate.js';
import type { SignatureDemand, VerifiedSignature } from './signature/verify-image.js';
import type { Timeouts } from './transport/send-once.js';
import type { RepositoryWriter } from './upload/repository-writer.js';

/** Options of {@link createRegistryClient}. */
export interface RegistryClientOptions {
  /** how each registry is reached, by the name that references show; default: as its name says */
  readonly endpoints?: (registry: string) => RegistryEndpoint;
  /** default: none, so that only public images can be had */
  readonly credentials?: CredentialSource;
  /** `mono/1.2.3` */
  readonly userAgent: string;
  readonly timeouts?: Partial<Timeouts>;
  readonly retry?: Partial<RetryPolicy>;
  /** default: none */
  readonly proxies?: ProxyOptions;
}

/** How long the phases of a request may take by default, in `ms`. */
export const DEFAULT_TIMEOUTS: Timeouts = {
  connectMs: 10_000,
  responseMs: 30_000,
  idleMs: 30_000,
  windowMs: 60_000,
};

/** How patient the client is by default: about 8 s of waiting in all unless a server asks for more. */
export const DEFAULT_RETRY: RetryPolicy = {
  maxAttempts: 5,
  baseDelayMs: 500,
  maxDelayMs: 10_000,
  maxRetryAfterMs: 30_000,
};

/** Reads images from registries, and writes them. */
export interface RegistryClient {
  /** See {@link resolveImage}. */
  resolve(
    reference: Reference,
    platform: Platform,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<ResolvedImage>;
  /** See {@link fetchDocument}. */
  fetchDocument(
    reference: Reference,
    descriptor: Descriptor,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<FetchedDocument>;
  /** See {@link headDigest}. */
  headDigest(
    reference: Reference,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<Digest>;
  /** Returns the signature of an image that meets a demand, see `signature/verify-image.ts`. */
  verifyImage(
    image: SignedImage,
    demand: SignatureDemand,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<VerifiedSignature>;
  /** See {@link listTags}. */
  listTags(
    reference: Reference,
    options?: { readonly signal?: AbortSignal | undefined },
  ): AsyncIterable<string>;
  /** See {@link openBlob}. */
  openBlob(
    reference: Reference,
    descriptor: Descriptor,
    options?: OpenBlobOptions,
  ): AsyncIterable<Uint8Array>;
  /** Returns what adds to the repository of `reference`. */
  openWriter(reference: Reference): Promise<RepositoryWriter>;
  /** See `Connection.checkAccess`. */
  checkAccess(
    registry: string,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<boolean>;
  /** Closes the connections that are kept for reuse. They do not keep the process running. */
  close(): void;
}

/** Returns a client for all registries; it keeps connections and tokens of each that it meets. */
export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const connections = new Map<string, Connection>();
  const documents = new DocumentCache();
  const retry = { ...DEFAULT_RETRY, ...options.retry };
  const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
  const { userAgent, proxies, credentials = firstOf([]) } = options;
  const shared = { credentials, userAgent, timeouts, retry, proxies };

  function connectionTo({ registry }: Pick<Reference, 'registry'>): Connection {
    const known = connections.get(registry);
    if (known) return known;
    const endpoint = options.endpoints?.(registry) ?? {};
    const connection = connect(registry, endpoint, shared);
    connections.set(registry, connection);
    return connection;
  }

  return {
    async resolve(reference, platform, { signal } = {}) {
      const connection = connectionTo(reference);
      return resolveImage(connection, { reference, platform }, { signal, documents });
    },
    async fetchDocument(reference, descriptor, { signal } = {}) {
      return fetchDocument(connectionTo(reference), { reference, descriptor, signal });
    },
    async headDigest(reference, { signal } = {}) {
      return headDigest(connectionTo(reference), reference, { signal });
    },
    async verifyImage(image, demand, { signal } = {}) {
      const { verifyImage } = await import('./signature/verify-image.js');
      const connection = connectionTo(image.reference);
      return verifyImage({ ...image, connection, signal }, demand);
    },
    async *listTags(reference, { signal } = {}) {
      yield* listTags(connectionTo(reference), reference, { signal });
    },
    async *openBlob(reference, descriptor, blobOptions) {
      const connection = connectionTo(reference);
      yield* openBlob({ connection, reference, descriptor, retry }, blobOptions);
    },
    async openWriter(reference) {
      const { createRepositoryWriter } = await import('./upload/repository-writer.js');
      return createRepositoryWriter({ connection: connectionTo(reference), reference, retry });
    },
    async checkAccess(registry, { signal } = {}) {
      return connectionTo({ registry }).checkAccess({ signal });
    },
    close() {
      for (const connection of connections.values()) connection.close();
      connections.clear();
    },
  };
}
