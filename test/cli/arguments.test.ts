import { describe, expect, it } from 'vitest';
import { hoistGlobalFlags } from '../../src/lib/cli/program/hoist-global-flags.js';
import { plainRequirements } from '../../src/lib/cli/program/plain-requirements.js';
import { protectGuestArguments } from '../../src/lib/cli/run/run-arguments.js';
import { variablesOfFlag } from '../../src/lib/cli/run/run-flags.js';

describe('protectGuestArguments()', () => {
  it.each([
    ['run alpine ls --help', 'run alpine -- ls --help'],
    ['run -e A=b --memory 1GiB alpine ls -l', 'run -e A=b --memory 1GiB alpine -- ls -l'],
    ['run --memory=1GiB -it alpine -c', 'run --memory=1GiB -it alpine -- -c'],
    ['run sandbox web sh -q', 'run sandbox web -- sh -q'],
    ['run image alpine', 'run image alpine'],
    ['run -p 80 -v a:/b --env-file x alpine ls', 'run -p 80 -v a:/b --env-file x alpine -- ls'],
    ['run alpine -- ls', 'run alpine -- ls'],
    ['run alpine ls -- x', 'run alpine -- ls -- x'],
    ['run --help', 'run --help'],
    ['install -n alpine', 'install -n alpine'],
  ])('makes of `%s` `%s`', (from, to) => {
    expect(protectGuestArguments(from.split(' '))).toEqual(to.split(' '));
  });
});

describe('hoistGlobalFlags()', () => {
  it.each([
    ['-C web list', 'list --directory web'],
    ['--directory=web -q --json gc -n', 'gc --directory=web --quiet --json -n'],
    ['-v run -v a:/b alpine', 'run --verbose -v a:/b alpine'],
    ['list -C web', 'list -C web'],
    ['--bogus list', '--bogus list'],
    ['-q --bogus', '-q --bogus'],
    ['--version', '--version'],
    ['-C', '-C'],
  ])('makes of `%s` `%s`', (given, expected) => {
    expect(hoistGlobalFlags(given.split(' ')).join(' ')).toBe(expected);
  });
});

describe('plainRequirements()', () => {
  it.each([
    { line: 'install', environment: { MONO_HOME: '/m', CI: '1' }, expected: [] },
    { line: 'install a@^1 b', environment: {}, expected: ['a@^1', 'b'] },
    { line: 'install image a@^1', environment: {}, expected: ['a@^1'] },
    { line: 'install image', environment: {}, expected: undefined },
    { line: 'install a -g', environment: {}, expected: undefined },
    { line: 'install', environment: { MONO_OFFLINE: 'true' }, expected: undefined },
    { line: 'list', environment: {}, expected: undefined },
  ])('are $expected in `$line` with $environment', ({ line, environment, expected }) => {
    expect(plainRequirements(line.split(' '), environment)).toEqual(expected);
  });
});

describe('variablesOfFlag()', () => {
  it('takes values from the flag, or from the environment where the flag has none', () => {
    const variables = variablesOfFlag(['A=1=2', 'B', 'MISSING', 'C='], { B: 'host' });

    expect([...variables]).toEqual([
      ['A', '1=2'],
      ['B', 'host'],
      ['C', ''],
    ]);
  });

  it('rejects a variable without a name', () => {
    expect(() => variablesOfFlag(['=x'], {})).toThrow('as a variable');
  });
});
