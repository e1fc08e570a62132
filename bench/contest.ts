import { execute, measure, type Command, type Measurement } from './measure.js';
import { dropPageCache } from './page-cache.js';
import { summarise, type Summary } from './statistics.js';

/** One who takes part: how to bring the ground to its starting state, and what is timed. */
export interface Contestant {
  readonly name: string;
  /** not timed; runs before every round */
  prepare?(): void;
  readonly command: Command;
}

/** A question that several answer in turn. The first contestant is `mono`. */
export interface Contest {
  readonly title: string;
  /** whether the page cache is dropped before each run, where that is allowed */
  readonly cold: boolean;
  readonly contestants: readonly Contestant[];
}

/** The answer: a summary for each contestant, in the order of the contest. */
export interface ContestResult {
  readonly title: string;
  readonly results: readonly { readonly name: string; readonly summary: Summary }[];
}

/**
 * Lets the contestants run in turn, A B C A B C …, for `rounds` rounds, so that a machine that
 * becomes slower becomes slower for all of them.
 */
export function hold(contest: Contest, rounds: number): ContestResult {
  const runs = contest.contestants.map((): Measurement[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, contestant] of contest.contestants.entries()) {
      contestant.prepare?.();
      if (contest.cold) dropPageCache();
      runs[index]!.push(measure(contestant.command));
    }
  }
  return {
    title: contest.title,
    results: contest.contestants.map(({ name }, index) => ({
      name,
      summary: summarise(runs[index]!),
    })),
  };
}

/** Returns the contestant that has done its work once already and is asked for it again. */
export function again(contestant: Contestant): Contestant {
  contestant.prepare?.();
  execute(contestant.command);
  return { name: `${contestant.name}, again`, command: contestant.command };
}
