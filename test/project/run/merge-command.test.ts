import { describe, expect, it } from 'vitest';
import { isMonoError } from '../../../src/lib/errors.js';
import {
  mergeCommand,
  type ImageDefaults,
  type RunOverrides,
} from '../../../src/lib/project/run/merge-command.js';

const image: ImageDefaults = {
  entrypoint: ['/entry'],
  cmd: ['serve', '--all'],
  env: ['PATH=/bin', 'A=image', 'EMPTY', 'EQ=a=b'],
  workdir: '/srv',
  user: 'node',
};

const table: { name: string; overrides: RunOverrides[]; argv: string[] }[] = [
  { name: 'the image as it is', overrides: [], argv: ['/entry', 'serve', '--all'] },
  { name: 'another command', overrides: [{ command: ['sh'] }], argv: ['/entry', 'sh'] },
  { name: 'an empty command', overrides: [{ command: [] }], argv: ['/entry', 'serve', '--all'] },
  { name: 'another entrypoint', overrides: [{ entrypoint: ['/e'] }], argv: ['/e'] },
  {
    name: 'both',
    overrides: [{ entrypoint: ['/e'], command: ['x'] }],
    argv: ['/e', 'x'],
  },
  {
    name: 'no entrypoint but a command',
    overrides: [{ entrypoint: [], command: ['sh'] }],
    argv: ['sh'],
  },
  {
    name: 'a later override over an earlier one',
    overrides: [{ entrypoint: ['/e'], command: ['from-file'] }, { command: ['from-line'] }],
    argv: ['/e', 'from-line'],
  },
  {
    name: 'a later entrypoint that drops an earlier command',
    overrides: [{ command: ['from-file'] }, { entrypoint: ['/e'] }],
    argv: ['/e'],
  },
];

describe('mergeCommand()', () => {
  it.each(table)('runs $name', ({ overrides, argv }) => {
    expect(mergeCommand(image, overrides).argv).toEqual(argv);
  });

  it('lets later variables win and keeps the others', () => {
    const { env } = mergeCommand(image, [
      { env: new Map([['A', 'file']]) },
      { env: new Map([['B', 'line']]) },
    ]);

    expect(Object.fromEntries(env)).toEqual({
      PATH: '/bin',
      A: 'file',
      EMPTY: '',
      EQ: 'a=b',
      B: 'line',
    });
  });

  it('fills in what neither image nor caller says', () => {
    const bare: ImageDefaults = {
      entrypoint: [],
      cmd: ['true'],
      env: [],
      workdir: undefined,
      user: '',
    };

    const command = mergeCommand(bare, []);

    expect(command.workdir).toBe('/');
    expect(command.user).toBeUndefined();
    expect(command.env.get('PATH')).toContain('/usr/bin');
  });

  it('rejects an image without a command', () => {
    const run = (): unknown => mergeCommand({ ...image, entrypoint: [], cmd: [] }, []);

    expect(run).toThrow(/names no command/);
    try {
      run();
    } catch (error) {
      expect(isMonoError(error, 'USAGE_INVALID')).toBe(true);
    }
  });
});
