import { join } from 'node:path';
import { credentialFile } from '../../registry/auth/credential-file.js';
import { firstOf, type CredentialSource } from '../../registry/auth/credentials.js';
import { dockerConfigCredentials } from '../../registry/auth/docker-config.js';
import { environmentCredentials } from '../../registry/auth/environment-credentials.js';

/** Where this user's credentials may stand. */
export interface CredentialPlaces {
  readonly environment: NodeJS.ProcessEnv;
  readonly home: string;
  /** the file of `mono login` */
  readonly credentialsFile: string;
}

/**
 * Returns where credentials are looked for, in this order: the environment, the file of `mono
 * login`, then what `docker login` and `podman login` have left.
 */
export function credentialSources(places: CredentialPlaces): CredentialSource {
  const { environment, home, credentialsFile } = places;
  const { REGISTRY_AUTH_FILE, DOCKER_CONFIG, XDG_RUNTIME_DIR } = environment;
  const files = [
    ...(REGISTRY_AUTH_FILE ? [REGISTRY_AUTH_FILE] : []),
    join(DOCKER_CONFIG ?? join(home, '.docker'), 'config.json'),
    ...(XDG_RUNTIME_DIR ? [join(XDG_RUNTIME_DIR, 'containers/auth.json')] : []),
  ];
  return firstOf([
    environmentCredentials(environment),
    credentialFile(credentialsFile).source,
    ...files.map((path) => dockerConfigCredentials(path, { environment })),
  ]);
}
