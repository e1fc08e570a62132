import type { UserConfig } from '../project/user-config.js';
import { createRegistryClient, type RegistryClient } from '../registry/client.js';
import { registryEndpoints } from './registry-endpoints.js';

/** Returns a client for all registries, as the user's configuration has them. */
export async function openRegistry(config: UserConfig, version: string): Promise<RegistryClient> {
  return createRegistryClient({
    endpoints: await registryEndpoints(config),
    userAgent: `mono/${version}`,
  });
}
