import { homedir } from 'node:os';
import { join } from 'node:path';
import type { UserConfig } from '../../project/user-config.js';
import { createRegistryClient, type RegistryClient } from '../../registry/client.js';
import { firstOf, type CredentialSource } from '../../registry/auth/credentials.js';
import { dockerConfigCredentials } from '../../registry/auth/docker-config.js';
import type { ProxyOptions } from '../../registry/transport/proxy.js';
import { registryEndpoints } from './registry-endpoints.js';

/** Returns a client for all registries, as the user's configuration has them. */
export async function openRegistry(config: UserConfig, version: string): Promise<RegistryClient> {
  return createRegistryClient({
    endpoints: await registryEndpoints(config),
    credentials: credentialsOf(process.env, homedir()),
    proxies: proxiesOf(process.env),
    userAgent: `mono/${version}`,
  });
}

/** Where `docker login` and `podman login` leave accounts, in the order in which they are asked. */
function credentialsOf(environment: NodeJS.ProcessEnv, home: string): CredentialSource {
  const { REGISTRY_AUTH_FILE, DOCKER_CONFIG, XDG_RUNTIME_DIR } = environment;
  const files = [
    ...(REGISTRY_AUTH_FILE ? [REGISTRY_AUTH_FILE] : []),
    join(DOCKER_CONFIG ?? join(home, '.docker'), 'config.json'),
    ...(XDG_RUNTIME_DIR ? [join(XDG_RUNTIME_DIR, 'containers/auth.json')] : []),
  ];
  return firstOf(files.map((path) => dockerConfigCredentials(path, { environment })));
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
