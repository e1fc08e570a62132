import { describe, expect, it } from 'vitest';
import { movedToNewest } from '../../../src/lib/project/requirement/newest-requirement.js';
import {
  formatRequirement,
  parseRequirement,
} from '../../../src/lib/project/requirement/requirement.js';

const TAGS = [
  ...['22', '22.4.0', '22.4.1-alpine', '23.1.2', '24.0.0-rc.1', 'latest', 'edge'],
  ...['22.4.0-alpine', '23.0.5-alpine', '23.1.2-slim'],
];

describe('movedToNewest()', () => {
  it.each([
    { from: 'node@^22', to: 'node@^23' },
    { from: 'node@~22.4', to: 'node@~23.1' },
    { from: 'node@22.4.0', to: 'node@23.1.2' },
    { from: 'node@^22-alpine', to: 'node@^23-alpine' },
    { from: 'node:22.4.0', to: 'node:23.1.2' },
    { from: 'node:22.4.0-alpine', to: 'node:23.0.5-alpine' },
    { from: 'node@^23', to: 'node@^23' },
    { from: 'node@>=20', to: 'node@>=20' },
    { from: 'node@>=20 <23', to: 'node@>=20 <23' },
    { from: 'node:latest', to: 'node:latest' },
    { from: 'node:22', to: 'node:22' },
    { from: 'node@^22-windows', to: 'node@^22-windows' },
    { from: `node@sha256:${'1'.repeat(64)}`, to: `node@sha256:${'1'.repeat(64)}` },
  ])('moves $from to $to', ({ from, to }) => {
    const moved = movedToNewest(parseRequirement(from), TAGS);

    expect(formatRequirement(moved)).toBe(formatRequirement(parseRequirement(to)));
  });
});
