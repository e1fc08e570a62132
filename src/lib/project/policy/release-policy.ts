import type { Digest } from '../../base/digest.js';
import { MonoError } from '../../errors.js';
import type { FirstSeenLog, Release } from './first-seen.js';
import { formatMoment, formatReleaseAge } from './release-age.js';

/** What settings say about how soon a release is taken. */
export interface ReleasePolicySettings {
  /** of the project, in `ms` */
  readonly minimumReleaseAgeMs?: number | undefined;
  /** whether the user wants fresh releases all the same, this time */
  readonly allowFresh?: boolean | undefined;
}

/** A release that is not taken yet. */
export interface HeldRelease extends Release {
  /** from when on it may be taken, in `ms` of Unix */
  readonly untilMs: number;
}

/** A {@link HeldRelease} as it is printed as JSON. */
export interface HeldBack {
  readonly tag: string;
  readonly digest: Digest;
  /** ISO 8601 */
  readonly until: string;
}

/** Decides which releases are old enough to be taken. */
export interface ReleasePolicy {
  /** how long this machine must have known a release, in `ms` */
  readonly minimumAgeMs: number;
  /** Notes that `release` was seen; returns it while it is too fresh, `undefined` if it is not. */
  hold(release: Release): HeldRelease | undefined;
}

/** The most releases of a range that are looked at, newest first, for one that is old enough. */
export const MAX_CONSIDERED_RELEASES = 10;

/**
 * Returns the policy that holds back what `log` has not known for `minimumAgeMs`. What it has never
 * seen is too fresh, whatever its age may be: it fails closed. Every release is noted, also with an
 * age of 0, so that time runs before the policy is turned on.
 */
export function releasePolicy(options: {
  readonly log: Pick<FirstSeenLog, 'note'>;
  readonly minimumAgeMs: number;
  readonly now: () => number;
}): ReleasePolicy {
  const { log, minimumAgeMs, now } = options;

  /** Where nothing is held back, a log that cannot be written stops nobody. */
  function note(release: Release, nowMs: number): number {
    try {
      return log.note(release, nowMs);
    } catch (error) {
      if (minimumAgeMs > 0) throw error;
      return nowMs;
    }
  }

  return {
    minimumAgeMs,
    hold(release) {
      const nowMs = now();
      const untilMs = note(release, nowMs) + minimumAgeMs;
      return untilMs > nowMs ? { ...release, untilMs } : undefined;
    },
  };
}

/**
 * Returns the age that counts: the longer of what the project and the user ask for, so that neither
 * can weaken the other.
 */
export function minimumAgeOf(settings: ReleasePolicySettings, userMs: number | undefined): number {
  if (settings.allowFresh) return 0;
  return Math.max(settings.minimumReleaseAgeMs ?? 0, userMs ?? 0);
}

/** Returns `held` in the form that is printed as JSON. */
export function describeHeld(held: readonly HeldRelease[]): HeldBack[] {
  return held.map(({ tag, digest, untilMs }) => {
    return { tag, digest, until: new Date(untilMs).toISOString() };
  });
}

/** Returns the error for a requirement of which all releases are too fresh. */
export function allTooFresh(
  requirement: string,
  held: readonly HeldRelease[],
  { minimumAgeMs }: ReleasePolicy,
): MonoError {
  const age = formatReleaseAge(minimumAgeMs);
  const first = held.reduce((a, b) => (b.untilMs < a.untilMs ? b : a));
  const names = held.map(({ tag }) => `\`${tag}\``).join(', ');
  return new MonoError(
    'RELEASE_TOO_FRESH',
    `Cannot resolve \`${requirement}\`: ${names} ${held.length === 1 ? 'has' : 'have'} been known here for less than ${age}`,
    {
      details: {
        requirement,
        minimumReleaseAge: age,
        tags: held.map(({ tag }) => tag),
        until: new Date(first.untilMs).toISOString(),
      },
      hint: `\`${first.tag}\` can be taken from ${formatMoment(first.untilMs)} on; \`--allow-fresh\` takes the newest now.`,
    },
  );
}
