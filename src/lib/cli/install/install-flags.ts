import { Flags } from '@oclif/core';
import { dryRunFlag, globalFlag, offlineFlag, platformFlag } from '../shared-flags.js';

/** The flags of `install` and `install image`. */
export const INSTALL_FLAGS = {
  global: globalFlag(),
  name: Flags.string({
    summary: 'name of the image in mono.yaml (for a single REQUIREMENT)',
    helpValue: 'NAME',
    env: 'MONO_NAME',
  }),
  platform: platformFlag('platform to install'),
  'frozen-lockfile': Flags.boolean({
    summary: 'fail if mono.lock is not right as it is (default where CI is set)',
    allowNo: true,
    env: 'MONO_FROZEN_LOCKFILE',
  }),
  offline: offlineFlag(),
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
  'dry-run': dryRunFlag(),
};
