import { Flags } from '@oclif/core';

/** The flags of `install` and `install image`. */
export const INSTALL_FLAGS = {
  global: Flags.boolean({
    default: false,
    char: 'g',
    summary: 'work on your own images instead of a project',
    env: 'MONO_GLOBAL',
  }),
  name: Flags.string({
    summary: 'name of the image in mono.yaml (for a single REQUIREMENT)',
    helpValue: 'NAME',
    env: 'MONO_NAME',
  }),
  platform: Flags.string({
    summary: 'platform to install (default: that of this machine)',
    helpValue: 'OS/ARCH',
    env: 'MONO_PLATFORM',
  }),
  'frozen-lockfile': Flags.boolean({
    summary: 'fail if mono.lock is not right as it is (default where CI is set)',
    allowNo: true,
    env: 'MONO_FROZEN_LOCKFILE',
  }),
  offline: Flags.boolean({
    default: false,
    summary: 'do not use the network',
    env: 'MONO_OFFLINE',
  }),
  'allow-fresh': Flags.boolean({
    default: false,
    summary: 'take releases that minimumReleaseAge holds back',
    env: 'MONO_ALLOW_FRESH',
  }),
  'keep-blobs': Flags.boolean({
    summary:
      'keep the layers that are fetched as they come, for exports and pushes without network',
    allowNo: true,
    env: 'MONO_KEEP_BLOBS',
  }),
  'dry-run': Flags.boolean({
    default: false,
    char: 'n',
    summary: 'say what would be done',
    env: 'MONO_DRY_RUN',
  }),
};
