import { describe, expect, it } from 'vitest';
import { digestOf, type Digest } from '../../../src/lib/base/digest.js';
import type { LockedImage } from '../../../src/lib/project/lockfile/lockfile.js';
import { openFirstSeenLog, type Release } from '../../../src/lib/project/policy/first-seen.js';
import { formatReleaseAge, parseReleaseAge } from '../../../src/lib/project/policy/release-age.js';
import {
  MAX_CONSIDERED_RELEASES,
  minimumAgeOf,
  releasePolicy,
} from '../../../src/lib/project/policy/release-policy.js';
import { newestAdmitted } from '../../../src/lib/project/requirement/newest-admitted.js';
import {
  formatRequirement,
  parseRequirement,
} from '../../../src/lib/project/requirement/requirement.js';
import {
  resolveRequirement,
  type ImageResolver,
} from '../../../src/lib/project/requirement/resolve-requirement.js';
import { rejectionOf } from '../../support/failure.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const DAY_MS = 86_400_000;
const START_MS = Date.parse('2026-01-01T00:00:00Z');

describe('parseReleaseAge()', () => {
  it.each([
    ['30m', 1_800_000],
    ['12h', DAY_MS / 2],
    ['3d', 3 * DAY_MS],
    ['2w', 14 * DAY_MS],
    ['0d', 0],
    ['3', undefined],
    ['3 d', undefined],
    ['-3d', undefined],
    ['1.5d', undefined],
    ['99999w', undefined],
  ])('reads %j as %j ms', (text, ageMs) => {
    expect(parseReleaseAge(text)).toBe(ageMs);
  });

  it('is the reverse of formatReleaseAge()', () => {
    for (const text of ['30m', '36h', '3d', '2w']) {
      expect(formatReleaseAge(parseReleaseAge(text)!)).toBe(text);
    }
  });
});

describe('FirstSeenLog', () => {
  const directory = useTemporaryDirectory();

  it('keeps the first time, for each tag with each content, across openings', () => {
    const release = releaseOf('22', 'a');
    const times = [1000, 2000, 3000].map((nowMs) => {
      const log = openFirstSeenLog(directory());
      const seenMs = log.note(release, nowMs);
      log.close();
      return seenMs;
    });
    const log = openFirstSeenLog(directory());

    const moved = log.note(releaseOf('22', 'b'), 4000);
    log.close();

    expect(times).toEqual([1000, 1000, 1000]);
    expect(moved).toBe(4000);
  });
});

describe('minimumAgeOf()', () => {
  it.each([
    [{ minimumReleaseAgeMs: 5 }, 3, 5],
    [{ minimumReleaseAgeMs: 3 }, 5, 5],
    [{}, 5, 5],
    [{ minimumReleaseAgeMs: 5 }, undefined, 5],
    [{}, undefined, 0],
    [{ minimumReleaseAgeMs: 5, allowFresh: true }, 5, 0],
  ])('of %j and %j is %j', (settings, userMs, ageMs) => {
    expect(minimumAgeOf(settings, userMs)).toBe(ageMs);
  });
});

describe('resolveRequirement() with a minimum age', () => {
  it('takes the newest release that has been known for long enough', async () => {
    const world = new World({ '22.3.0': 'a', '22.4.0': 'b' });
    await world.resolve('node@>=22').catch(() => undefined);
    world.pass(3 * DAY_MS);
    world.tags.set('22.5.0', 'c');

    const resolved = await world.resolve('node@^22');

    expect(resolved.resolved).toBe('docker.io/library/node:22.4.0');
    expect(resolved.heldBack).toMatchObject([
      { tag: '22.5.0', untilMs: START_MS + 6 * DAY_MS, repository: 'docker.io/library/node' },
    ]);
  });

  it('holds back everything that it has never seen, and says until when', async () => {
    const world = new World({ '22.3.0': 'a', '22.4.0': 'b' });

    const error = await rejectionOf(world.resolve('node@^22'));

    expect(error).toMatchObject({
      code: 'RELEASE_TOO_FRESH',
      message:
        'Cannot resolve `docker.io/library/node@^22`: `22.4.0`, `22.3.0` have been known here for less than 3d',
      hint: '`22.4.0` can be taken from 2026-01-04 00:00 UTC on; `--allow-fresh` takes the newest now.',
    });
  });

  it('lets the clock run from the first look on', async () => {
    const world = new World({ '22': 'a' });
    await rejectionOf(world.resolve('node:22'));
    world.pass(3 * DAY_MS - 1);
    await rejectionOf(world.resolve('node:22'));

    world.pass(1);

    expect((await world.resolve('node:22')).heldBack).toEqual([]);
  });

  it('starts anew when a tag names other bytes, and stays with what is locked', async () => {
    const world = new World({ '22': 'a' });
    await rejectionOf(world.resolve('node:22'));
    world.pass(3 * DAY_MS);
    const locked = await world.resolve('node:22');
    world.tags.set('22', 'b');

    const again = await world.resolve('node:22', locked);

    expect(again.digest).toBe(locked.digest);
    expect(again.heldBack).toMatchObject([{ tag: '22', digest: digest('b') }]);
  });

  it('takes what is locked although it is fresh', async () => {
    const world = new World({ '22.4.0': 'a' });
    const fresh = { ...world.resolver(), policy: undefined };
    const locked = await resolveRequirement(parseRequirement('node@^22'), fresh);

    const again = await world.resolve('node@^22', locked);

    expect(again).toEqual({ ...locked, heldBack: [] });
  });

  it('takes a digest, which names the bytes themselves', async () => {
    const world = new World({ '22': 'a' });

    const resolved = await world.resolve(`node:22@${digest('a')}`);

    expect(resolved.digest).toBe(digest('a'));
  });

  it('looks at a bounded number of releases', async () => {
    const versions = Array.from({ length: 50 }, (_, index) => [`22.${index}.0`, `v${index}`]);
    const world = new World(Object.fromEntries(versions) as Record<string, string>);

    await rejectionOf(world.resolve('node@^22'));

    expect(world.resolved).toHaveLength(MAX_CONSIDERED_RELEASES);
  });

  it('fails when what was seen cannot be looked up, but not without a minimum age', async () => {
    const broken = (minimumAgeMs: number): ImageResolver => ({
      ...new World({ '22': 'a' }).resolver(),
      policy: releasePolicy({
        log: {
          note: () => {
            throw new Error('the log is gone');
          },
        },
        minimumAgeMs,
        now: () => START_MS,
      }),
    });

    await expect(resolveRequirement(parseRequirement('node:22'), broken(1))).rejects.toThrow(
      'gone',
    );
    const resolved = await resolveRequirement(parseRequirement('node:22'), broken(0));

    expect(resolved.digest).toBe(digest('a'));
  });
});

describe('newestAdmitted()', () => {
  it.each([
    ['node@^22', 'docker.io/library/node@^23'],
    ['node:22.4.0', 'docker.io/library/node:23.0.0'],
    ['node:lts', 'docker.io/library/node:lts'],
  ])('moves %s to %s, past releases that are too fresh', async (text, expected) => {
    const world = new World({ '22.4.0': 'a', '23.0.0': 'b', lts: 'c' });
    await world.resolve('node@>=22').catch(() => undefined);
    world.pass(3 * DAY_MS);
    world.tags.set('24.0.0', 'd');

    const newer = await newestAdmitted(parseRequirement(text), world.resolver());

    expect(formatRequirement(newer)).toBe(expected);
  });
});

/** A registry with one repository, and a clock. */
class World {
  readonly tags: Map<string, string>;
  readonly resolved: string[] = [];
  readonly #seen = new Map<string, number>();
  #nowMs = START_MS;

  constructor(tags: Record<string, string>) {
    this.tags = new Map(Object.entries(tags));
  }

  pass(durationMs: number): void {
    this.#nowMs += durationMs;
  }

  resolver(): ImageResolver {
    const note = ({ tag, digest: content }: Release, nowMs: number): number => {
      const key = `${tag} ${content}`;
      this.#seen.set(key, this.#seen.get(key) ?? nowMs);
      return this.#seen.get(key)!;
    };
    return {
      policy: releasePolicy({ log: { note }, minimumAgeMs: 3 * DAY_MS, now: () => this.#nowMs }),
      listTags: () => Promise.resolve([...this.tags.keys()]),
      resolve: ({ tag = 'latest' }) => {
        this.resolved.push(tag);
        const own = digest(this.tags.get(tag) ?? '');
        return Promise.resolve({ digest: own, platforms: new Map([['linux/amd64', own]]) });
      },
    };
  }

  async resolve(text: string, locked?: LockedImage) {
    return resolveRequirement(parseRequirement(text), this.resolver(), { locked });
  }
}

function digest(text: string): Digest {
  return digestOf(new TextEncoder().encode(text));
}

function releaseOf(tag: string, content: string): Release {
  return { repository: 'docker.io/library/node', tag, digest: digest(content) };
}
