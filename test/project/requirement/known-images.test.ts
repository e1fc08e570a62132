import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { matchRange, versionTags } from '../../../src/lib/project/requirement/match-range.js';
import { parseRange } from '../../../src/lib/project/requirement/version-range.js';

const TAGS = join(import.meta.dirname, '../../golden/tags');

/** What the rules of docs/guide/versions.md make of whole tag lists: how many, the newest, the oldest. */
const FOUND: readonly [image: string, range: string, found: readonly [number, string, string]][] = [
  ['node', '^22', [35, '22.23.2', '22.0.0']],
  ['node', '^22-alpine', [35, '22.23.2-alpine', '22.0.0-alpine']],
  ['node', '^22-alpine3.20', [19, '22.16.0-alpine3.20', '22.2.0-alpine3.20']],
  ['node', '>=20 <23', [89, '22.23.2', '20.0.0']],
  ['node', '^20-bookworm-slim', [38, '20.20.2-bookworm-slim', '20.3.0-bookworm-slim']],
  ['node', '*', [575, '26.7.0', '0.10.46']],
  ['python', '^3', [178, '3.14.7', '3.3.6']],
  ['python', '~3.12-slim', [15, '3.12.14-slim', '3.12.0-slim']],
  ['python', '^3-slim-bookworm', [76, '3.14.7-slim-bookworm', '3.7.17-slim-bookworm']],
  ['alpine', '^3', [155, '3.24.1', '3.6.5']],
  ['alpine', '~3.20', [11, '3.20.10', '3.20.0']],
  ['postgres', '*', [90, '9.6.24', '9.1.22']],
  ['postgres', '^9-alpine', [78, '9.6.24-alpine', '9.2.19-alpine']],
  ['redis', '^7', [45, '7.4.11', '7.0.0']],
  ['redis', '~7.4-bookworm', [12, '7.4.11-bookworm', '7.4.0-bookworm']],
  ['nginx', '^1', [125, '1.31.4', '1.10.1']],
  ['nginx', '^1-alpine3.20-slim', [5, '1.27.3-alpine3.20-slim', '1.26.2-alpine3.20-slim']],
  ['golang', '^1', [263, '1.27.0', '1.5.4']],
  ['golang', '~1.22-alpine3.20', [10, '1.22.12-alpine3.20', '1.22.3-alpine3.20']],
  ['mariadb', '^11', [36, '11.8.8', '11.0.2']],
  ['mariadb', '^11.7.1-rc', [9, '11.8.8', '11.7.1-rc']],
  ['mariadb', '~11.4-noble', [10, '11.4.12-noble', '11.4.2-noble']],
  ['traefik', '^3', [146, '3.7.11', 'v3.0.0']],
  ['traefik', '^3.3.0-rc.1', [112, '3.7.11', 'v3.3.0-rc1']],
  ['traefik', '^1-alpine', [136, '1.7.34-alpine', 'v1.1.0-alpine']],
];

/** Images whose releases have two numbers, a date or a build, so that no range finds them. */
const NOTHING_FOUND = [
  ['debian', '*'],
  ['ubuntu', '*'],
  ['postgres', '^17'],
  ['eclipse-temurin', '*'],
] as const;

/** Tags that begin with three numbers and stand for no version all the same: Python's pre-releases, Java's builds. */
const MANY_NUMBERS = /^v?\d+\.\d+\.\d+/;
const NO_VERSIONS: Readonly<Record<string, RegExp>> = {
  python: /^\d+\.\d+\.\d+(?:a|b|rc)\d+(?:-|$)/,
  alpine: /^\d+\.\d+\.\d+_rc\d+$/,
  ubuntu: /^\d\d\.04\.\d$/,
  'eclipse-temurin': /^\d+(?:\.\d+)+_\d+/,
};

describe('matchRange() with all tags of well-known images', () => {
  it.each(FOUND)('finds of %s for %j: %j', (image, text, found) => {
    const matching = find(image, text);

    expect([matching.length, matching[0], matching.at(-1)]).toEqual(found);
  });

  it.each(NOTHING_FOUND)('finds of %s for %j none', (image, text) => {
    expect(find(image, text)).toEqual([]);
  });

  it('finds the tag without a leading v first', () => {
    expect(find('traefik', '~3.7').slice(0, 2)).toEqual(['3.7.11', 'v3.7.11']);
  });

  it('does not depend on the order of the list', () => {
    for (const [image, text] of FOUND) {
      const range = parseRange(text)!;
      const shuffled = tagsOf(image).sort((a, b) => a.length - b.length);
      expect(matchRange(shuffled, range)).toEqual(matchRange(tagsOf(image), range));
    }
  });

  it.each([...new Set([...FOUND, ...NOTHING_FOUND].map(([image]) => image))])(
    'takes each tag of %s that begins with three numbers for a version, or has a reason not to',
    (image) => {
      const tags = tagsOf(image);
      const versions = new Set(versionTags(tags).map(({ tag }) => tag));
      const others = tags.filter((tag) => MANY_NUMBERS.test(tag) && !versions.has(tag));

      expect(others.filter((tag) => !NO_VERSIONS[image]?.test(tag))).toEqual([]);
    },
  );
});

function find(image: string, text: string): string[] {
  return matchRange(tagsOf(image), parseRange(text)!).map(({ tag }) => tag);
}

function tagsOf(image: string): string[] {
  return readFileSync(join(TAGS, `${image}.txt`), 'utf8')
    .trimEnd()
    .split('\n');
}
