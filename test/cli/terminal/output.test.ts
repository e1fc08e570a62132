import { describe, expect, it } from 'vitest';
import { resolveDirectories } from '../../../src/lib/cli/directories.js';
import { formatBytes, formatDuration } from '../../../src/lib/cli/terminal/format-bytes.js';
import { renderError, reportError } from '../../../src/lib/cli/print/render-error.js';
import { wantsColor } from '../../../src/lib/cli/terminal/style.js';
import { formatTable } from '../../../src/lib/cli/terminal/table.js';
import { MonoError } from '../../../src/lib/errors.js';

describe('formatBytes()', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [999_949, '999.9 kB'],
    [999_950, '1.0 MB'],
    [61_240_000, '61.2 MB'],
    [5e12, '5.0 TB'],
  ])('writes %d as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe('formatDuration()', () => {
  it.each([
    [85.4, '85ms'],
    [2649, '2.6s'],
    [200_000, '3m 20s'],
  ])('writes %d ms as %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });
});

describe('formatTable()', () => {
  const columns = [
    { title: 'NAME', value: (row: string[]) => row[0]! },
    { title: 'SIZE', value: (row: string[]) => row[1]!, align: 'right' as const },
    { title: 'NOTE', value: (row: string[]) => row[2]! },
  ];

  it('aligns columns and leaves no blanks at the ends of lines', () => {
    expect(
      formatTable(
        [
          ['a', '1 B', 'x'],
          ['long', '10 B', ''],
        ],
        columns,
      ),
    ).toEqual(['NAME  SIZE  NOTE', 'a      1 B  x', 'long  10 B']);
  });

  it('cuts the last column to the width', () => {
    const lines = formatTable([['a', '1', 'n'.repeat(100)]], columns, 30);

    expect(lines.at(-1)).toHaveLength(30);
    expect(lines.at(-1)).toMatch(/n…$/);
  });
});

describe('wantsColor()', () => {
  it.each([
    { environment: {}, isTerminal: true, expected: true },
    { environment: {}, isTerminal: false, expected: false },
    { environment: { TERM: 'dumb' }, isTerminal: true, expected: false },
    { environment: { NO_COLOR: '1', FORCE_COLOR: '1' }, isTerminal: true, expected: false },
    { environment: { NO_COLOR: '' }, isTerminal: true, expected: true },
    { environment: { FORCE_COLOR: '1' }, isTerminal: false, expected: true },
    { environment: { FORCE_COLOR: '0' }, isTerminal: true, expected: false },
  ])('is $expected for $environment', ({ environment, isTerminal, expected }) => {
    expect(wantsColor(environment, isTerminal)).toBe(expected);
  });
});

describe('resolveDirectories()', () => {
  it('puts everything below MONO_HOME', () => {
    expect(resolveDirectories({ MONO_HOME: '/m', XDG_DATA_HOME: '/x' }, '/home/u')).toEqual({
      data: '/m',
      cache: '/m/cache',
      configFile: '/m/config.yaml',
      credentialsFile: '/m/credentials.json',
    });
  });

  it('follows XDG, relative paths passed over', () => {
    expect(resolveDirectories({ XDG_DATA_HOME: '/x', XDG_CACHE_HOME: 'c' }, '/home/u')).toEqual({
      data: '/x/mono',
      cache: '/home/u/.cache/mono',
      configFile: '/home/u/.config/mono/config.yaml',
      credentialsFile: '/home/u/.config/mono/credentials.json',
    });
  });
});

describe('reportError()', () => {
  it('tells each cause once and the hint last', () => {
    const root = new Error('connect ECONNREFUSED');
    const repeated = new Error('inner: connect ECONNREFUSED', { cause: root });
    const error = new MonoError('REGISTRY_UNREACHABLE', 'Cannot fetch `a`', {
      cause: repeated,
      hint: 'Try again.',
    });

    expect(renderError(reportError(error), false)).toBe(
      [
        'error: Cannot fetch `a`',
        '  code: REGISTRY_UNREACHABLE',
        '  caused by: inner: connect ECONNREFUSED',
        '',
        'hint: Try again.',
        '',
      ].join('\n'),
    );
  });

  it('ends for a circle of causes', () => {
    const a = new Error('a');
    const b = new Error('b', { cause: a });
    a.cause = b;

    expect(reportError(a).causes.length).toBeLessThan(10);
  });

  it('calls anything else a bug, with the place where it happened', () => {
    const report = reportError(new TypeError('x is undefined'));

    expect(report).toMatchObject({ code: 'BUG', exitCode: 70 });
    expect(renderError(report, false)).toContain('output.test.ts');
  });
});
