import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { completionScript } from '../../../src/lib/cli/completion/completion-script.js';
import { runMono } from '../../support/mono.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const root = join(import.meta.dirname, '../../..');
const directory = useTemporaryDirectory();

beforeEach(() => {
  writeFileSync(
    join(directory(), 'mono.yaml'),
    'images: { node: "node@^22", nginx: nginx }\nsandboxes: { web: { image: node } }\n',
  );
});

describe('mono __complete', () => {
  const cases: { words: string[]; expected: string[] }[] = [
    { words: ['inst'], expected: ['install'] },
    { words: ['remove', 'v'], expected: ['version'] },
    { words: ['inspect', 'n'], expected: ['nginx', 'node'] },
    { words: ['run', ''], expected: ['image', 'nginx', 'node', 'sandbox', 'web'] },
    { words: ['remove', 'sandbox', ''], expected: ['web'] },
    { words: ['gc', '--gr'], expected: ['--grace'] },
    { words: ['install', '--no-f'], expected: ['--no-frozen-lockfile'] },
    { words: ['gc', '--grace', ''], expected: [] },
    { words: ['ls', '--gl'], expected: ['--global'] },
    { words: ['completion', ''], expected: ['bash', 'fish', 'zsh'] },
    { words: ['run', 'web', '--', 'l'], expected: [] },
    { words: ['nonsense', 'x'], expected: [] },
  ];

  it.each(cases)('completes $words', async ({ words, expected }) => {
    const run = await runMono(['__complete', ...words], { cwd: directory(), home: directory() });

    expect(run).toEqual({
      stdout: expected.map((word) => `${word}\n`).join(''),
      stderr: '',
      exitCode: 0,
    });
  });

  it('gives nothing, and no complaint, where mono.yaml cannot be read', async () => {
    writeFileSync(join(directory(), 'mono.yaml'), 'images: [');

    const run = await runMono(['__complete', 'inspect', ''], {
      cwd: directory(),
      home: directory(),
    });

    expect(run).toEqual({ stdout: '', stderr: '', exitCode: 0 });
  });
});

describe('mono completion', () => {
  it('prints a script with which bash completes', () => {
    const bin = join(directory(), 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'mono'), `#!/bin/sh\nexec node ${root}/bin/run.cjs "$@"\n`);
    chmodSync(join(bin, 'mono'), 0o755);
    const script = `
      source <(mono completion bash)
      COMP_WORDS=(mono inspect no) COMP_CWORD=2
      _mono
      echo "\${COMPREPLY[@]}"`;

    const printed = execFileSync('bash', ['--norc', '-euc', script], {
      cwd: directory(),
      env: { PATH: `${bin}:${process.env['PATH'] ?? ''}`, MONO_HOME: directory() },
      encoding: 'utf8',
    });

    expect(printed).toBe('node\n');
  });

  it.each(['zsh', 'fish'] as const)('prints a script for %s that asks the program', (shell) => {
    expect(completionScript(shell)).toContain('mono __complete ');
  });

  it('refuses another shell', async () => {
    const run = await runMono(['completion', 'tcsh'], { cwd: directory(), home: directory() });

    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run.stderr).toContain('bash, zsh, fish');
  });
});
