import { Flags } from '@oclif/core';

/** The flags of commands that make a version. */
export const VERSION_FLAGS = {
  name: Flags.string({
    char: 't',
    summary: 'name of the new version (default: its CID)',
    helpValue: 'NAME',
    env: 'MONO_NAME',
  }),
  message: Flags.string({
    char: 'm',
    summary: 'what the new version is about',
    helpValue: 'TEXT',
    env: 'MONO_MESSAGE',
  }),
};
