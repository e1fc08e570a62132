import { describe, expect, it } from 'vitest';
import { isBelow, joinPath, parentPath, splitPath } from '../../src/lib/fs/path.js';
import { failureOf } from '../support/failure.js';
import { bytes } from './support/trees.js';

describe('splitPath()', () => {
  it('gives no names for the root', () => {
    expect(splitPath(bytes(''))).toEqual([]);
  });

  it('gives the names between slashes', () => {
    expect(splitPath(bytes('usr/lib/ü x'))).toEqual(['usr', 'lib', bytes('ü x')]);
  });

  it('accepts a name of 255 bytes', () => {
    expect(splitPath(bytes('x'.repeat(255)))).toHaveLength(1);
  });

  const refused = [
    { name: 'an absolute path', path: '/etc' },
    { name: 'a trailing slash', path: 'etc/' },
    { name: 'a double slash', path: 'a//b' },
    { name: 'a dot', path: 'a/./b' },
    { name: 'two dots', path: '../a' },
    { name: 'a NUL byte', path: 'a\0b' },
    { name: 'a name of 256 bytes', path: 'x'.repeat(256) },
    { name: 'a name of 256 bytes in fewer characters', path: 'ü'.repeat(128) },
    { name: 'a path of 4096 bytes', path: 'x/'.repeat(2047) + 'xx' },
  ];

  it.each(refused)('refuses $name', ({ path }) => {
    expect(failureOf(() => splitPath(bytes(path))).code).toBe('FS_PATH_INVALID');
  });
});

describe('joinPath()', () => {
  it('does not put a slash after the root', () => {
    expect(joinPath(bytes(''), bytes('a'))).toBe('a');
    expect(joinPath(bytes('a'), bytes('b'))).toBe('a/b');
  });
});

describe('parentPath()', () => {
  it('leads up to the root and no further', () => {
    expect(parentPath(bytes('a/b'))).toBe('a');
    expect(parentPath(bytes('a'))).toBe('');
    expect(parentPath(bytes(''))).toBe('');
  });
});

describe('isBelow()', () => {
  it('tells a child from a sibling whose name begins alike', () => {
    expect(isBelow(bytes('a/b'), bytes('a'))).toBe(true);
    expect(isBelow(bytes('ab'), bytes('a'))).toBe(false);
    expect(isBelow(bytes('a'), bytes('a'))).toBe(false);
    expect(isBelow(bytes('a'), bytes(''))).toBe(true);
    expect(isBelow(bytes(''), bytes(''))).toBe(false);
  });
});
