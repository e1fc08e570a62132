import { describe, expect, it } from 'vitest';
import { matchRange } from '../../../src/lib/project/requirement/match-range.js';
import { parseRange } from '../../../src/lib/project/requirement/version-range.js';
import { parseVersionTag } from '../../../src/lib/project/requirement/version-tag.js';

/** Tags as well-known images have them: floating, partial, dated, with variants and pre-releases. */
const NODE_LIKE = [
  'latest',
  'lts',
  '22',
  '22.4',
  '22.3.0',
  '22.4.0',
  '22.4.0-alpine',
  '22.4.0-alpine3.19',
  '22.4.1-alpine3.19',
  '22.5.0-alpine',
  '22.10.0',
  '23.0.0-rc.1',
  '23.0.0-rc.10',
  '23.0.0-rc.2-alpine',
  'current-slim',
];
const V_PREFIXED = ['v1.2.3', '1.2.3', 'v1.10.0', 'v1.9.9', 'v2', 'v1.11.0-rc1', 'v1.11.0-rc2'];
const DATED = [
  '24.04',
  'noble-20240605',
  '20240605',
  '2024.06.05',
  '2024.6.5',
  '7.0.12.1',
  '3.13.0rc1',
];

const table = [
  { name: 'the newest of a major', range: '^22', tags: NODE_LIKE, first: '22.10.0', count: 3 },
  { name: 'the newest patch', range: '~22.4', tags: NODE_LIKE, first: '22.4.0', count: 1 },
  {
    name: 'an exact variant only',
    range: '^22-alpine',
    tags: NODE_LIKE,
    first: '22.5.0-alpine',
    count: 2,
  },
  {
    name: 'a variant with a version of its own',
    range: '^22-alpine3.19',
    tags: NODE_LIKE,
    first: '22.4.1-alpine3.19',
    count: 2,
  },
  {
    name: 'no pre-release unless asked',
    range: '>=22',
    tags: NODE_LIKE,
    first: '22.10.0',
    count: 3,
  },
  {
    name: 'pre-releases in number order when asked',
    range: '^23.0.0-rc.1',
    tags: NODE_LIKE,
    first: '23.0.0-rc.10',
    count: 2,
  },
  {
    name: 'a pre-release of a variant',
    range: '^23.0.0-rc.1-alpine',
    tags: NODE_LIKE,
    first: '23.0.0-rc.2-alpine',
    count: 1,
  },
  { name: 'tags with a leading v', range: '^1', tags: V_PREFIXED, first: 'v1.10.0', count: 4 },
  {
    name: 'the tag without v of two equals',
    range: '=1.2.3',
    tags: V_PREFIXED,
    first: '1.2.3',
    count: 2,
  },
  {
    name: 'pre-releases without a dot',
    range: '>=1.11.0-rc1',
    tags: V_PREFIXED,
    first: 'v1.11.0-rc2',
    count: 2,
  },
  {
    name: 'three-part dates without leading zeros',
    range: '*',
    tags: DATED,
    first: '2024.6.5',
    count: 1,
  },
  { name: 'nothing', range: '^99', tags: NODE_LIKE, first: undefined, count: 0 },
];

describe('matchRange()', () => {
  it.each(table)('finds $name', ({ range, tags, first, count }) => {
    const found = matchRange(tags, parseRange(range)!);

    expect(found[0]?.tag).toBe(first);
    expect(found).toHaveLength(count);
  });

  it('does not depend on the order of the tags, nor on repetitions', () => {
    const range = parseRange('>=1')!;
    const tags = [...NODE_LIKE, ...V_PREFIXED, ...DATED];

    const forwards = matchRange(tags, range);

    expect(matchRange([...tags].reverse(), range)).toEqual(forwards);
    expect(matchRange([...tags, ...tags], range)).toEqual(forwards);
  });
});

describe('parseVersionTag()', () => {
  it.each([
    ['1.2.3', { version: '1.2.3', variant: '' }],
    ['v1.2.3-beta2', { version: '1.2.3-beta.2', variant: '' }],
    ['1.2.3-debian-12-r4', { version: '1.2.3', variant: 'debian-12-r4' }],
    ['1.2.3-rc-slim', { version: '1.2.3-rc', variant: 'slim' }],
    ['1.2.3-preview.7-jammy', { version: '1.2.3-preview.7', variant: 'jammy' }],
    ['1.2.3-main', { version: '1.2.3', variant: 'main' }],
    ['1.2.3-rcx', { version: '1.2.3', variant: 'rcx' }],
  ])('divides %s', (tag, parts) => {
    expect(parseVersionTag(tag)).toEqual({ tag, ...parts });
  });

  it.each(['1.2', '1.2.3.4', '01.2.3', '1.2.3+build', '1.2.9007199254740993', 'x1.2.3', '1.2.3-'])(
    'takes %s for no version',
    (tag) => {
      expect(parseVersionTag(tag)).toBeUndefined();
    },
  );
});
