import * as fc from '../../support/fast-check.js';
import { describe, expect, it } from 'vitest';
import { isMonoError } from '../../../src/lib/errors.js';
import {
  formatRequirement,
  parseRequirement,
  versionText,
} from '../../../src/lib/project/requirement/requirement.js';

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

const good = [
  { text: 'node', canonical: 'docker.io/library/node:latest', version: 'latest' },
  { text: 'node:22.4.0', canonical: 'docker.io/library/node:22.4.0', version: '22.4.0' },
  { text: 'node@^22', canonical: 'docker.io/library/node@^22', version: '^22' },
  { text: 'node@~22.4', canonical: 'docker.io/library/node@~22.4', version: '~22.4' },
  { text: 'node@22.x', canonical: 'docker.io/library/node@22.x', version: '22.x' },
  { text: 'node@v22.4.0', canonical: 'docker.io/library/node@22.4.0', version: '22.4.0' },
  {
    text: 'node@^22-alpine',
    canonical: 'docker.io/library/node@^22-alpine',
    version: '^22-alpine',
  },
  {
    text: 'node@>=20  <24-alpine3.19',
    canonical: 'docker.io/library/node@>=20 <24-alpine3.19',
    version: '>=20 <24-alpine3.19',
  },
  {
    text: 'node@^22.0.0-RC2-slim',
    canonical: 'docker.io/library/node@^22.0.0-rc.2-slim',
    version: '^22.0.0-rc.2-slim',
  },
  { text: 'node@20 - 22', canonical: 'docker.io/library/node@20 - 22', version: '20 - 22' },
  {
    text: 'node@^20 || ^22',
    canonical: 'docker.io/library/node@^20 || ^22',
    version: '^20 || ^22',
  },
  {
    text: 'localhost:5000/team/app@^1',
    canonical: 'localhost:5000/team/app@^1',
    version: '^1',
  },
  {
    text: `node@${DIGEST}`,
    canonical: `docker.io/library/node@${DIGEST}`,
    version: 'sha256:0123456789ab',
  },
  {
    text: `ghcr.io/a/b:1@${DIGEST}`,
    canonical: `ghcr.io/a/b:1@${DIGEST}`,
    version: '1',
  },
];

const bad = [
  { name: 'a tag after @', text: 'node@latest', hint: 'node:latest' },
  { name: 'a tag and a range', text: 'node:22@^22', hint: 'node@^22' },
  { name: 'an empty range', text: 'node@', hint: 'Write a range' },
  { name: 'a dangling operator', text: 'node@^', hint: 'Write a range' },
  { name: 'a dangling ||', text: 'node@^22 ||', hint: 'Write a range' },
  {
    name: 'a variant before the last comparator',
    text: 'node@^20-slim || ^22',
    hint: 'Write a range',
  },
  { name: 'a pre-release of a partial version', text: 'node@^22-rc.1', hint: 'Write a range' },
  { name: 'four numbers', text: 'node@^1.2.3.4', hint: 'Write a range' },
  { name: 'an over-long range', text: `node@${'1 '.repeat(200)}1`, hint: 'Write a range' },
];

describe('parseRequirement()', () => {
  it.each(good)('reads $text', ({ text, canonical, version }) => {
    const requirement = parseRequirement(text);

    expect(formatRequirement(requirement)).toBe(canonical);
    expect(versionText(requirement)).toBe(version);
    expect(formatRequirement(parseRequirement(canonical))).toBe(canonical);
  });

  it.each(bad)('rejects $name and says what to write', ({ text, hint }) => {
    const error = errorOf(() => parseRequirement(text));

    expect(isMonoError(error, 'REQUIREMENT_INVALID')).toBe(true);
    expect((error as { hint?: string }).hint).toContain(hint);
  });

  it('throws nothing but its own errors, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const error = errorOf(() => parseRequirement(text));
        return error === undefined || isMonoError(error);
      }),
    );
  });
});

function errorOf(run: () => unknown): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
}
