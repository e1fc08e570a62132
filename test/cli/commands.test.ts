import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSchema, schemaFaults } from '../support/json-schema.js';
import { runMono, type MonoRun } from '../support/mono.js';
import { useTemporaryDirectory } from '../support/temporary-directory.js';

const directory = useTemporaryDirectory();

describe('mono --version', () => {
  it('prints name and version on one line', async () => {
    const { version } = JSON.parse(
      readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'),
    ) as { version: string };

    expect(await mono('--version')).toEqual({
      stdout: `mono ${version}\n`,
      stderr: '',
      exitCode: 0,
    });
  });
});

describe('mono --help', () => {
  it('lists every command within 80 columns', async () => {
    const { stdout, exitCode } = await mono('--help');

    expect(exitCode).toBe(0);
    for (const command of ['init', 'install', 'run', 'list', 'remove', 'gc']) {
      expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
    }
    expect(longestLine(stdout)).toBeLessThanOrEqual(80);
  });
});

describe('mono help', () => {
  it('is another way to ask for --help', async () => {
    const asked = await mono('help', 'install');

    expect(asked).toEqual(await mono('install', '--help'));
    expect(asked.stdout).toContain('--frozen-lockfile');
  });
});

describe('mono init', () => {
  it('writes mono.yaml and says how to go on', async () => {
    const run = await mono('init');

    expect(run).toMatchObject({ exitCode: 0, stdout: '' });
    expect(run.stderr.replaceAll(directory(), 'DIR')).toMatchInlineSnapshot(`
      "Wrote DIR/here/mono.yaml
      Add an image with \`mono install docker.io/library/node@^22\`.
      "
    `);
    expect(file('mono.yaml')).toContain('images: {}\n');
  });

  it('leaves an existing project alone', async () => {
    await mono('init');
    writeFileSync(join(directory(), 'here/mono.yaml'), 'images: {} # mine\n');

    const run = await mono('init');

    expect(run).toMatchObject({ exitCode: 1, stdout: '' });
    expect(run.stderr.replaceAll(directory(), 'DIR')).toMatchInlineSnapshot(`
      "error: Cannot start a project: \`DIR/here/mono.yaml\` exists
        code: PROJECT_EXISTS

      hint: Run \`mono install\` to install what it names.
      "
    `);
    expect(file('mono.yaml')).toBe('images: {} # mine\n');
  });

  it('prints a document with --json, and nothing else', async () => {
    const run = await mono('init', '--json');

    expect(run.stderr).toBe('');
    expect(JSON.parse(run.stdout)).toEqual({ path: join(directory(), 'here/mono.yaml') });
  });

  it('works in another directory with -C, and by MONO_DIRECTORY', async () => {
    mkdirSync(join(directory(), 'a'), { recursive: true });
    mkdirSync(join(directory(), 'b'));

    await mono('init', '-C', '../a');
    await mono({ env: { MONO_DIRECTORY: join(directory(), 'b') } }, 'init');

    expect(readFileSync(join(directory(), 'a/mono.yaml'), 'utf8')).toContain('images');
    expect(readFileSync(join(directory(), 'b/mono.yaml'), 'utf8')).toContain('images');
  });
});

describe('mono install REQUIREMENT where there is no project', () => {
  it('says in a dry run that it would start one, without starting it', async () => {
    const run = await mono('install', 'node', '--offline', '-n');

    expect(run).toMatchObject({ exitCode: 13 });
    expect(run.stderr).toContain('code: OFFLINE');
    expect(existsSync(join(directory(), 'here/mono.yaml'))).toBe(false);
  });

  it.each(['home', 'root'])('starts none in the %s directory', async (kind) => {
    const at = kind === 'home' ? join(directory(), 'home') : '/';
    mkdirSync(join(directory(), 'home'), { recursive: true });

    const run = await mono('install', 'node', '--offline', '-C', at);

    expect(run).toMatchObject({ exitCode: 10 });
    expect(run.stderr).toContain('code: PROJECT_NOT_FOUND');
    expect(run.stderr).toContain('mono init');
  });
});

describe('mono', () => {
  const wrong: { name: string; args: string[]; code: string; exitCode: number; hint: string }[] = [
    {
      name: 'an unknown command',
      args: ['instal'],
      code: 'USAGE_INVALID',
      exitCode: 2,
      hint: 'mono install',
    },
    {
      name: 'an unknown flag',
      args: ['install', '--forzen-lockfile'],
      code: 'USAGE_INVALID',
      exitCode: 2,
      hint: 'mono install --help',
    },
    {
      name: 'a missing argument',
      args: ['remove'],
      code: 'USAGE_INVALID',
      exitCode: 2,
      hint: 'mono remove --help',
    },
    {
      name: 'flags that exclude each other',
      args: ['list', '-q', '-v'],
      code: 'USAGE_INVALID',
      exitCode: 2,
      hint: 'mono list --help',
    },
    {
      name: 'no project',
      args: ['list'],
      code: 'PROJECT_NOT_FOUND',
      exitCode: 10,
      hint: 'mono init',
    },
    {
      name: 'an argument too many',
      args: ['list', '-g', '--json', '-C', '/nonexistent', 'x'],
      code: 'USAGE_INVALID',
      exitCode: 2,
      hint: '',
    },
    {
      name: 'a bad requirement',
      args: ['install', 'node@latest'],
      code: 'REQUIREMENT_INVALID',
      exitCode: 2,
      hint: 'node:latest',
    },
  ];

  it.each(wrong)('explains $name', async ({ args, code, exitCode, hint }) => {
    const run = await mono(...args);

    const told = run.stdout === '' ? run.stderr : run.stdout;
    expect(run.exitCode).toBe(exitCode);
    expect(told).toContain(code);
    expect(told).toContain(hint);
  });

  it.each([
    [['gc', 'extra'], 'error: Command `gc` takes no `extra`', 2],
    [['run'], 'error: Cannot read the command line: missing TARGET', 125],
    [['remove'], 'error: Cannot read the command line: missing NAME', 2],
    [['--bogus'], 'error: No flag `--bogus` exists before a command', 2],
  ])('explains the command line %j in one sentence', async (words, sentence, expected) => {
    const { stderr, exitCode } = await mono(...words);

    expect(stderr.split('\n')[0]).toBe(sentence);
    expect(exitCode).toBe(expected);
  });

  it('takes the global flags before the command too', async () => {
    mkdirSync(join(directory(), 'here/elsewhere'), { recursive: true });
    writeFileSync(join(directory(), 'here/elsewhere/mono.yaml'), 'images: {}\n');

    const { exitCode } = await mono('-C', 'elsewhere', 'list');

    expect(exitCode).toBe(0);
  });

  it('fails when the result cannot be written', () => {
    writeProject('images:\n  node: docker.io/library/node@^22\n');
    const program = join(import.meta.dirname, '../../bin/run.cjs');

    const { status, stderr } = spawnSync(
      'sh',
      ['-c', `exec "${process.execPath}" "${program}" list >/dev/full`],
      { cwd: join(directory(), 'here'), env: { MONO_HOME: directory() }, encoding: 'utf8' },
    );

    expect(stderr).toContain('error: Cannot write to `stdout`: no space left on the device\n');
    expect(status).toBe(1);
  });

  it('prints failures as a document with --json', async () => {
    const run = await mono('list', '--json');

    expect(run.stderr).toBe('');
    expect(schemaFaults(JSON.parse(run.stdout), readSchema('error.json'))).toEqual([]);
    expect(JSON.parse(run.stdout)).toEqual({
      error: {
        code: 'PROJECT_NOT_FOUND',
        message: expect.stringContaining('mono.yaml') as string,
        hint: expect.stringContaining('mono init') as string,
        exitCode: 10,
        details: { directory: join(directory(), 'here') },
        causes: [],
      },
    });
  });

  it('takes --json from MONO_JSON', async () => {
    const run = await mono({ env: { MONO_JSON: '1' } }, 'list');

    expect(JSON.parse(run.stdout)).toHaveProperty('error.code', 'PROJECT_NOT_FOUND');
  });

  it('names line and column of a mistake in mono.yaml', async () => {
    writeProject('images:\n  node: docker.io/library/node@^22\nsandboxs: {}\n');

    const run = await mono('list');

    expect(run.exitCode).toBe(2);
    expect(run.stderr).toMatchInlineSnapshot(`
      "error: Cannot read \`mono.yaml:3:1\`: unknown key \`sandboxs\`
        code: PROJECT_INVALID

      hint: Did you mean \`sandboxes\`?
      "
    `);
  });

  it('uses colors only where they are wanted', async () => {
    const forced = await mono({ env: { FORCE_COLOR: '1' } }, 'list');
    const refused = await mono({ env: { FORCE_COLOR: '1', NO_COLOR: '1' } }, 'list');
    const flagged = await mono({ env: { FORCE_COLOR: '1' } }, 'list', '--no-color');

    expect(forced.stderr).toContain('\u001B[31m');
    expect(refused.stderr).not.toContain('\u001B[');
    expect(flagged.stderr).not.toContain('\u001B[');
  });
});

describe('mono run', () => {
  const failures = [
    { name: 'a usage error', args: ['run'], code: 'USAGE_INVALID' },
    { name: 'an unknown flag before TARGET', args: ['run', '--nope', 'x'], code: 'USAGE_INVALID' },
    { name: 'a bad size of memory', args: ['run', '-m', '3', 'x'], code: 'USAGE_INVALID' },
    {
      name: 'a sandbox that does not exist',
      args: ['run', 'sandbox', 'x'],
      code: 'SANDBOX_NOT_FOUND',
    },
    {
      name: 'an image offline',
      args: ['run', '--offline', 'node', 'ls', '--nope'],
      code: 'OFFLINE',
    },
  ];

  it.each(failures)('gives 125 for $name', async ({ args, code }) => {
    const run = await mono(...args);

    expect(run.stderr).toContain(`code: ${code}\n`);
    expect(run.exitCode).toBe(125);
  });
});

interface Options {
  readonly env?: Record<string, string>;
}

async function mono(...args: (string | Options)[]): Promise<MonoRun> {
  const options = args.find((it): it is Options => typeof it !== 'string') ?? {};
  const words = args.filter((it) => typeof it === 'string');
  const cwd = join(directory(), 'here');
  mkdirSync(cwd, { recursive: true });
  return runMono(words, { cwd, home: join(directory(), 'home'), ...options });
}

function writeProject(text: string): void {
  mkdirSync(join(directory(), 'here'), { recursive: true });
  writeFileSync(join(directory(), 'here/mono.yaml'), text);
}

function file(name: string): string {
  return readFileSync(join(directory(), 'here', name), 'utf8');
}

function longestLine(text: string): number {
  return Math.max(...text.split('\n').map((line) => line.length));
}

describe('mono run -v', () => {
  it('is a volume', async () => {
    const run = await mono('run', '-v', 'no-volume', 'alpine');

    expect(run.exitCode).toBe(125);
    expect(run.stderr).toContain('--volume no-volume');
  });
});
