import { openFirstSeenLog, type Release } from '../../project/policy/first-seen.js';
import {
  minimumAgeOf,
  releasePolicy,
  type ReleasePolicySettings,
} from '../../project/policy/release-policy.js';
import { registryResolver } from '../../project/requirement/registry-resolver.js';
import type { ImageResolver } from '../../project/requirement/resolve-requirement.js';
import type { UserConfig } from '../../project/user-config.js';
import type { RegistryClient } from '../../registry/client.js';
import type { Platform } from '../../registry/platform.js';

/** What a resolver that keeps to the update policy is made of. */
export interface PolicyResolverParts {
  readonly client: RegistryClient;
  readonly config: UserConfig;
  readonly dataDirectory: string;
  readonly platform: Platform;
  readonly signal: AbortSignal;
}

/** Returns the way to the registries, with the update policy of the user and of `settings`. */
export function policyResolver(
  parts: PolicyResolverParts,
  settings: ReleasePolicySettings,
): ImageResolver {
  const { client, config, dataDirectory, platform, signal } = parts;
  const policy = releasePolicy({
    log: { note: (release, nowMs) => noteOnce(dataDirectory, release, nowMs) },
    minimumAgeMs: minimumAgeOf(settings, config.minimumReleaseAgeMs),
    now: () => Date.now(),
  });
  return registryResolver(client, { platform, signal, policy });
}

/** Few releases are looked at in one run: the log is open no longer than it is needed. */
function noteOnce(dataDirectory: string, release: Release, nowMs: number): number {
  const log = openFirstSeenLog(dataDirectory);
  try {
    return log.note(release, nowMs);
  } finally {
    log.close();
  }
}
