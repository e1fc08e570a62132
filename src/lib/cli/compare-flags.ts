import { Args } from '@oclif/core';
import { platformFlag } from './shared-flags.js';

/** What names a tree, for the help of the commands that take two. */
export const TREE_HELP =
  'A and B are each an image of the project (its name, requirement or digest), the name of a version, or the CID of a version or a root.';

/** The arguments of `diff` and `merge`. */
export const COMPARE_ARGS = {
  a: Args.string({ name: 'A', description: 'a tree', required: true, ignoreStdin: true }),
  b: Args.string({ name: 'B', description: 'another tree', required: true, ignoreStdin: true }),
};

/** The flags that `diff` and `merge` share. */
export const COMPARE_FLAGS = {
  platform: platformFlag('platform of the images'),
};
