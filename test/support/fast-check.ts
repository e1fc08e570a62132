/** The package fast-check, with the seed and the number of runs that `randomness.ts` says. */
import type { IAsyncProperty, IProperty, IRawProperty, Parameters } from 'fast-check';
import { assert as check } from 'fast-check';
import { runsOf, seed } from './randomness.js';

export * from 'fast-check';

const DEFAULT_RUNS = 100;

export function assert<Values>(
  property: IAsyncProperty<Values>,
  parameters?: Parameters<Values>,
): Promise<void>;
export function assert<Values>(property: IProperty<Values>, parameters?: Parameters<Values>): void;
export function assert<Values>(
  property: IRawProperty<Values>,
  parameters: Parameters<Values> = {},
): void | Promise<void> {
  const { numRuns = DEFAULT_RUNS } = parameters;
  return check(property, { seed, ...parameters, numRuns: runsOf(numRuns) });
}
