import { describe, expect, it } from 'vitest';
import { isMonoError } from '../../../src/lib/errors.js';
import {
  anchorRequirement,
  anchorTarget,
} from '../../../src/lib/project/requirement/anchor-requirement.js';
import {
  formatRequirement,
  parseRequirement,
} from '../../../src/lib/project/requirement/requirement.js';

describe('anchorRequirement()', () => {
  const moves = [
    { text: 'oci:img:1', from: '/p/sub', to: '/p', moved: 'oci:./sub/img:1' },
    { text: 'oci:../img:1', from: '/p/sub', to: '/p', moved: 'oci:./img:1' },
    { text: 'car:../../x.car', from: '/p/sub', to: '/p', moved: 'car:../x.car' },
    { text: 'oci:.', from: '/p', to: '/p', moved: 'oci:./' },
    { text: 'oci:..', from: '/p/sub', to: '/p', moved: 'oci:./' },
    { text: 'oci-archive:a.tar', from: '/p', to: undefined, moved: 'oci-archive:/p/a.tar' },
    { text: 'oci:/abs/img', from: '/p/sub', to: '/p', moved: 'oci:/abs/img' },
    {
      text: 'docker.io/library/node@^22',
      from: '/p',
      to: '/q',
      moved: 'docker.io/library/node@^22',
    },
  ];
  it.each(moves)('moves $text from $from to $to', ({ text, from, to, moved }) => {
    const requirement = anchorRequirement(parseRequirement(text), { from, to });

    expect(formatRequirement(requirement)).toBe(moved);
    expect(formatRequirement(parseRequirement(moved))).toBe(moved);
  });

  it('refuses a path that cannot stand in a project file', () => {
    const requirement = parseRequirement('oci:img');

    expect(() => anchorRequirement(requirement, { from: '/my files' })).toThrow(
      expect.toSatisfy((error) => isMonoError(error, 'REQUIREMENT_INVALID')),
    );
  });
});

describe('anchorTarget()', () => {
  it.each([
    ['oci:img:1', 'oci:/p/img:1'],
    ['node', 'node'],
    ['docker.io/library/node:22', 'docker.io/library/node:22'],
  ])('makes %s %s', (target, anchored) => {
    expect(anchorTarget(target, '/p')).toBe(anchored);
  });
});
