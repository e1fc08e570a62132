import { Flags } from '@oclif/core';
import {
  checkSandboxName,
  generatedNames,
  numberedNames,
} from '../../vm/sandboxes/sandbox-name.js';
import { durationOfFlag } from '../duration-flag.js';

/** The flags of `run` about how long a sandbox lives and what it is called. */
export const LIFETIME_FLAGS = {
  detach: Flags.boolean({
    char: 'd',
    default: false,
    summary: 'return once the command runs, and print the name of the sandbox',
    env: 'MONO_DETACH',
  }),
  name: Flags.string({
    summary: 'name of the new sandbox',
    helpValue: 'NAME',
    env: 'MONO_NAME',
  }),
  rm: Flags.boolean({
    allowNo: true,
    summary:
      'forget the sandbox when it has ended (default without --name, --detach and --persist)',
    env: 'MONO_RM',
  }),
  timeout: Flags.string({
    summary: 'end the command after this time, such as 90s or 2h, with exit code 124',
    helpValue: 'TIME',
    env: 'MONO_TIMEOUT',
  }),
};

/** The values of {@link LIFETIME_FLAGS}. */
export interface LifetimeFlagValues {
  readonly detach: boolean;
  readonly name?: string | undefined;
  readonly rm?: boolean | undefined;
  readonly timeout?: string | undefined;
}

/** How long a new sandbox lives and what it may be called. */
export interface Lifetime {
  readonly names: Iterable<string>;
  readonly removeAtEnd: boolean;
  readonly timeoutSeconds: number;
}

/**
 * Returns the lifetime that the flags ask for.
 *
 * @param run what is run: the name it has in a project, and whether its writes are kept
 * @throws {MonoError} `USAGE_INVALID`
 */
export function lifetimeOfFlags(
  flags: LifetimeFlagValues,
  run: { readonly sandboxName: string | undefined; readonly isPersistent: boolean },
): Lifetime {
  const { name, detach } = flags;
  const { sandboxName, isPersistent } = run;
  const timeoutMs = durationOfFlag('--timeout', flags.timeout, { plainSeconds: true }) ?? 0;
  return {
    names:
      name !== undefined
        ? [checkSandboxName(name)]
        : sandboxName !== undefined
          ? numberedNames(sandboxName)
          : generatedNames(),
    removeAtEnd: flags.rm ?? (name === undefined && !detach && !isPersistent),
    timeoutSeconds: Math.ceil(timeoutMs / 1000),
  };
}
