import { homedir } from 'node:os';
import type { UserConfig } from '../../project/user-config.js';
import {
  credentialFile,
  type Account,
  type CredentialFile,
} from '../../registry/auth/credential-file.js';
import type { CredentialSource } from '../../registry/auth/credentials.js';
import type { RegistryClient } from '../../registry/client.js';
import type { Directories } from '../directories.js';
import { credentialSources } from './credential-sources.js';
import { openRegistry } from './open-registry.js';

/** What logging in and out works with. */
export interface AccountServices {
  readonly file: CredentialFile;
  /** all places where credentials are looked for, the file among them */
  readonly source: CredentialSource;
  /** Returns a client that shows `account` to every registry, and nothing else. */
  clientFor(account: Account): Promise<RegistryClient>;
}

/** Returns what logging in and out works with, for this user. */
export function accountServices(options: {
  readonly directories: Directories;
  readonly config: UserConfig;
  readonly version: string;
}): AccountServices {
  const { config, version } = options;
  const { credentialsFile } = options.directories;
  return {
    file: credentialFile(credentialsFile),
    source: credentialSources({ environment: process.env, home: homedir(), credentialsFile }),
    clientFor: (account) =>
      openRegistry({
        config,
        version,
        credentials: () => Promise.resolve({ found: account, lookedIn: [] }),
      }),
  };
}
