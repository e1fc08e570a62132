import type { SourceServices } from '../../image/source/open-image-source.js';
import { withImageSources } from '../../image/source/with-image-sources.js';
import type { UserConfig } from '../../project/user-config.js';
import { createRegistryClient, type RegistryClient } from '../../registry/client.js';
import type { CredentialSource } from '../../registry/auth/credentials.js';
import type { ProxyOptions } from '../../registry/transport/proxy.js';
import { requireSignatures } from '../../registry/signature/require-signatures.js';
import { openSignatureGate } from './open-signature-gate.js';
import { registryEndpoints } from './registry-endpoints.js';

/** What {@link openRegistry} makes a client of. */
export interface RegistryOptions {
  readonly config: UserConfig;
  readonly version: string;
  readonly credentials: CredentialSource;
  /** where signatures are kept; absent: none is demanded */
  readonly dataDirectory?: string;
  /** default: registries only */
  readonly sources?: SourceServices;
}

/**
 * Returns a client for all registries, as the user's configuration has them, and for images in files
 * and directories.
 */
export async function openRegistry(options: RegistryOptions): Promise<RegistryClient> {
  const { config, sources, dataDirectory } = options;
  const registries = createRegistryClient({
    endpoints: await registryEndpoints(config),
    credentials: options.credentials,
    proxies: proxiesOf(process.env),
    userAgent: `mono/${options.version}`,
  });
  const gate = dataDirectory === undefined ? undefined : openSignatureGate(config, dataDirectory);
  const client = gate ? requireSignatures(registries, gate) : registries;
  return sources ? withImageSources(client, sources) : client;
}

/** The usual variables, in the order in which curl reads them; `HTTP_PROXY` can be forged in CGI. */
function proxiesOf(environment: NodeJS.ProcessEnv): ProxyOptions {
  const all = environment['all_proxy'] ?? environment['ALL_PROXY'];
  const exceptions = environment['no_proxy'] ?? environment['NO_PROXY'] ?? '';
  return {
    https: environment['https_proxy'] ?? environment['HTTPS_PROXY'] ?? all,
    http: environment['http_proxy'] ?? all,
    noProxy: exceptions.split(/[\s,]+/).filter((it) => it !== ''),
  };
}
