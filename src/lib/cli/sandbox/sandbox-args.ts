import { Args } from '@oclif/core';

const ONE = {
  name: 'SANDBOX',
  description: 'name, id or beginning of an id',
  required: true,
  ignoreStdin: true,
} as const;

/** The argument of commands that work on one sandbox. */
export const SANDBOX_ARG = { sandbox: Args.string(ONE) };

/** The argument of commands that work on any number of sandboxes. */
export const SANDBOX_ARGS = {
  sandbox: Args.string({ ...ONE, description: `${ONE.description}; more may follow` }),
};
