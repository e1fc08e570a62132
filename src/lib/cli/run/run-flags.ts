import { Args, Flags } from '@oclif/core';
import { redact } from '../../base/redact.js';
import { MonoError } from '../../errors.js';
import { MEMORY_RULE, parseMemory } from '../../project/sandbox/memory-size.js';
import { MAX_CPUS } from '../../vm/sandbox-spec.js';
import { VERBOSE } from '../base-command.js';
import { offlineFlag } from '../shared-flags.js';
import { DEVICE_FLAGS } from './device-flags.js';
import { LIFETIME_FLAGS } from './lifetime-flags.js';
import { PROCESS_FLAGS } from './process-flags.js';
import { vmmFlag } from './vmm-flag.js';

/** The arguments of `run` and its long forms. */
export const RUN_ARGS = {
  target: Args.string({
    name: 'TARGET',
    description: 'a sandbox or an image of mono.yaml, or a requirement (node@^22)',
    required: true,
    ignoreStdin: true,
  }),
  command: Args.string({
    name: 'COMMAND',
    description: 'what to run instead of what the image or the sandbox says',
    ignoreStdin: true,
  }),
};

/** The flags of `run` and its long forms. */
export const RUN_FLAGS = {
  ...PROCESS_FLAGS,
  'env-file': Flags.string({
    summary: 'set the variables of a file, one on each line',
    helpValue: 'FILE',
    multiple: true,
    multipleNonGreedy: true,
    env: 'MONO_ENV_FILE',
  }),
  entrypoint: Flags.string({
    summary: 'program to run instead of the entrypoint of the image; empty for none',
    helpValue: 'PROGRAM',
    env: 'MONO_ENTRYPOINT',
  }),
  cpus: Flags.integer({
    summary: 'number of virtual processors',
    min: 1,
    max: MAX_CPUS,
    helpValue: 'N',
    env: 'MONO_CPUS',
  }),
  memory: Flags.string({
    char: 'm',
    summary: 'memory of the machine, such as 512MiB or 2GiB',
    helpValue: 'SIZE',
    env: 'MONO_MEMORY',
  }),
  vmm: vmmFlag('auto, the best that this host can use'),
  verbose: Flags.boolean(VERBOSE),
  ...DEVICE_FLAGS,
  ...LIFETIME_FLAGS,
  offline: offlineFlag(),
};

/**
 * Returns the `MiB` of a `--memory`.
 *
 * @throws {MonoError} `USAGE_INVALID`
 */
export function memoryOfFlag(text: string): number {
  const memory = parseMemory(text);
  if (memory !== undefined) return memory;
  throw new MonoError('USAGE_INVALID', `Cannot use \`${redact(text)}\` as the size of the memory`, {
    hint: MEMORY_RULE,
  });
}

/**
 * Returns the variables that `--env` sets; `NAME` alone takes its value from `environment`, and is
 * left out where that has none.
 *
 * @throws {MonoError} `USAGE_INVALID`
 */
export function variablesOfFlag(
  items: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Map<string, string> {
  const variables = new Map<string, string>();
  for (const item of items) {
    const equals = item.indexOf('=');
    const name = equals === -1 ? item : item.slice(0, equals);
    if (name === '') {
      throw new MonoError('USAGE_INVALID', `Cannot use \`${redact(item)}\` as a variable`, {
        hint: 'Write it as `NAME=VALUE`.',
      });
    }
    const value = equals === -1 ? environment[name] : item.slice(equals + 1);
    if (value !== undefined) variables.set(name, value);
  }
  return variables;
}
