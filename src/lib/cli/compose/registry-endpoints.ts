import { readFile } from 'node:fs/promises';
import { ioError } from '../../io/io-error.js';
import type { EndpointSettings, RegistrySettings, UserConfig } from '../../project/user-config.js';
import type { RegistryEndpoint } from '../../registry/transport/endpoint.js';

/**
 * Returns how each registry of the configuration is reached, the files that it names read.
 *
 * @throws {MonoError} `IO_FAILED` when one of them cannot be read
 */
export async function registryEndpoints(
  config: UserConfig,
): Promise<(registry: string) => RegistryEndpoint> {
  const endpoints = new Map<string, RegistryEndpoint>();
  for (const [name, settings] of config.registries) endpoints.set(name, await endpointOf(settings));
  return (registry) => endpoints.get(registry) ?? {};
}

async function endpointOf(settings: RegistrySettings): Promise<RegistryEndpoint> {
  const mirrors: RegistryEndpoint[] = [];
  for (const mirror of settings.mirrors ?? []) mirrors.push(await baseOf(mirror));
  return { ...(await baseOf(settings)), mirrors };
}

async function baseOf(settings: EndpointSettings): Promise<Omit<RegistryEndpoint, 'mirrors'>> {
  const { caFile, clientCertificate: certificate } = settings;
  return {
    url: settings.endpoint,
    insecure: settings.insecure,
    caPem: caFile === undefined ? undefined : await readPem(caFile),
    clientCertificate: certificate && {
      certificatePem: await readPem(certificate.certificateFile),
      keyPem: await readPem(certificate.keyFile),
    },
  };
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw ioError(error, 'read the certificate file', path);
  }
}
