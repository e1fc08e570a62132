import { Flags } from '@oclif/core';

/** Where a process in a sandbox starts, and as whom. */
export const IDENTITY_FLAGS = {
  workdir: Flags.string({
    char: 'w',
    summary: 'directory to start in',
    helpValue: 'PATH',
    env: 'MONO_WORKDIR',
  }),
  user: Flags.string({
    char: 'u',
    summary: 'user and group to run as',
    helpValue: 'USER[:GROUP]',
    env: 'MONO_USER',
  }),
};

/** The flags of everything that runs a command in a sandbox. */
export const PROCESS_FLAGS = {
  interactive: Flags.boolean({
    char: 'i',
    summary: 'pass stdin on to the command (default); with --detach: keep it open',
    allowNo: true,
    env: 'MONO_INTERACTIVE',
  }),
  tty: Flags.boolean({
    char: 't',
    summary: 'give the command a terminal (default if stdin and stdout are terminals)',
    allowNo: true,
    env: 'MONO_TTY',
  }),
  env: Flags.string({
    char: 'e',
    summary: 'set a variable; without =VALUE it is passed on',
    helpValue: 'NAME[=VALUE]',
    multiple: true,
    multipleNonGreedy: true,
    env: 'MONO_ENV',
  }),
  ...IDENTITY_FLAGS,
};
