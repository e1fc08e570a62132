import { Flags } from '@oclif/core';
import type { PlatformChoice } from '../../image/push/image-parts.js';

/** Which of the images in an index go along. */
export const platformChoiceFlags = {
  platform: Flags.string({
    summary: 'this platform alone (default: all of an index if they are installed)',
    helpValue: 'OS/ARCH',
    env: 'MONO_PLATFORM',
    exclusive: ['all-platforms'],
  }),
  'all-platforms': Flags.boolean({
    default: false,
    summary: 'the index with all that it names, fetched where it is not installed',
    env: 'MONO_ALL_PLATFORMS',
    exclusive: ['flatten'],
  }),
};

/** Returns what the flags choose. */
export function platformChoice(flags: {
  readonly platform?: string | undefined;
  readonly 'all-platforms': boolean;
}): PlatformChoice {
  if (flags['all-platforms']) return 'all';
  return flags.platform === undefined ? 'installed' : 'one';
}
