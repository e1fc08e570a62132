/** Flags that mean the same wherever they stand. */
import { Flags } from '@oclif/core';

/** `--global`, of commands that work on the images of a project. */
export function globalFlag(summary = 'work on your own images instead of a project') {
  return Flags.boolean({ default: false, char: 'g', summary, env: 'MONO_GLOBAL' });
}

/** `--platform`, of commands that are about one platform of an image. */
export function platformFlag(what: string) {
  return Flags.string({
    summary: `${what} (default: that of this machine)`,
    helpValue: 'OS/ARCH',
    env: 'MONO_PLATFORM',
  });
}

/** `--dry-run`, of commands that change much. */
export function dryRunFlag(summary = 'say what would be done') {
  return Flags.boolean({ default: false, char: 'n', summary, env: 'MONO_DRY_RUN' });
}

/** `--offline`, of commands that may fetch. */
export function offlineFlag() {
  return Flags.boolean({ default: false, summary: 'do not use the network', env: 'MONO_OFFLINE' });
}
