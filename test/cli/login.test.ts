import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  startDockerRegistry,
  TEST_ACCOUNT,
  type DockerRegistry,
} from '../support/docker-registry.js';
import { readSchema, schemaFaults } from '../support/json-schema.js';
import { runMono, writeUserConfig, type MonoOptions } from '../support/mono.js';
import { onTerminal } from '../support/on-terminal.js';
import { useTemporaryDirectory } from '../support/temporary-directory.js';

const { username, password } = TEST_ACCOUNT;

let basic: DockerRegistry;
let token: DockerRegistry;
let open: DockerRegistry;

beforeAll(async () => {
  [basic, token, open] = await Promise.all([
    startDockerRegistry({ auth: 'htpasswd' }),
    startDockerRegistry({ auth: 'token' }),
    startDockerRegistry(),
  ]);
});

afterAll(async () => {
  await Promise.all([basic, token, open].map((registry) => registry.stop()));
});

const directory = useTemporaryDirectory();

beforeEach(() => {
  writeUserConfig(home(), {
    'docker.io': token.url,
    'quay.io': basic.url,
    'open.example': open.url,
  });
});

describe('mono login', () => {
  it.each([
    ['docker.io', 'a token server'],
    ['quay.io', 'basic authentication'],
  ])('keeps an account that %s (%s) has accepted, for its owner alone', async (registry) => {
    const run = await login(registry, `${password}\n`, '--json');

    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    const document = JSON.parse(run.stdout) as unknown;
    expect(document).toEqual({ registry, username, checked: true, file: accountFile() });
    expect(schemaFaults(document, readSchema('login.json'))).toEqual([]);
    expect(statSync(accountFile()).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(accountFile(), 'utf8'))).toEqual({
      version: 1,
      registries: { [registry]: { username, password } },
    });
  });

  it('asks a person for name and password, and shows nothing of the password', async () => {
    mkdirSync(join(directory(), 'here'), { recursive: true });
    const place = { cwd: join(directory(), 'here'), home: home() };
    const { screen, exitCode } = await onTerminal('login quay.io', place, [
      { to: 'Username', keys: `${username}\r` },
      { to: 'Password', keys: `${password}\r` },
    ]);

    expect(screen).not.toContain(password);
    expect(exitCode).toBe(0);
    expect(readFileSync(accountFile(), 'utf8')).toContain(password);
  });

  it('keeps nothing when the person leaves', async () => {
    mkdirSync(join(directory(), 'here'), { recursive: true });
    const place = { cwd: join(directory(), 'here'), home: home() };
    const { exitCode } = await onTerminal('login quay.io', place, [
      { to: 'Username', keys: '\u0003' },
    ]);

    expect(exitCode).toBe(130);
    expect(existsSync(accountFile())).toBe(false);
  });

  it.each(['docker.io', 'quay.io'])('keeps nothing that %s has refused', async (registry) => {
    const run = await login(registry, 'wr0ng\n');

    expect(run.exitCode).toBe(12);
    expect(run.stderr).toContain('REGISTRY_UNAUTHORIZED');
    expect(run.stderr).toContain(`does not accept the credentials of \`${username}\``);
    expect(run.stdout + run.stderr).not.toContain('wr0ng');
    expect(existsSync(accountFile())).toBe(false);
  });

  it('says when a registry lets everybody in', async () => {
    const run = await login('open.example', password);

    expect(run.exitCode).toBe(0);
    expect(run.stderr).toMatchInlineSnapshot(`
      "Logged in to open.example as mono
      warning: open.example lets everybody in: the account could not be tried
      "
    `);
  });

  it.each([
    ['no user name', ['--password-stdin'], '--username is missing'],
    ['no terminal to ask in', ['--username', 'a'], 'there is no terminal to ask in'],
    ['a name with a colon', ['--username', 'a:b', '--password-stdin'], 'is not one'],
  ])('refuses %s without asking', async (_name, flags, reason) => {
    const run = await mono(['login', 'docker.io', ...flags], { stdin: 'x\n' });

    expect(run.exitCode).toBe(2);
    expect(run.stderr).toContain(reason);
  });
});

describe('mono logout', () => {
  it('forgets the account', async () => {
    await login('docker.io', password);

    const run = await mono(['logout', '--json']);

    const document = JSON.parse(run.stdout) as unknown;
    expect(document).toEqual({ registry: 'docker.io', removed: true, remainsIn: null });
    expect(schemaFaults(document, readSchema('logout.json'))).toEqual([]);
    expect(readFileSync(accountFile(), 'utf8')).not.toContain(password);
  });

  it('names another place that still has credentials', async () => {
    const auth = Buffer.from('a:b').toString('base64');
    mkdirSync(join(home(), '.docker'));
    writeFileSync(
      join(home(), '.docker/config.json'),
      JSON.stringify({ auths: { 'ghcr.io': { auth } } }),
    );

    const run = await mono(['logout', 'ghcr.io']);

    expect(run.stderr.replaceAll(home(), 'HOME')).toMatchInlineSnapshot(`
      "No account of ghcr.io was kept
      warning: HOME/.docker/config.json still has credentials for ghcr.io
      "
    `);
  });
});

describe('credentials of a request', () => {
  it('are looked for in every place, in an order that the error tells', async () => {
    const run = await mono(['tags', 'quay.io/team/private']);

    expect(run.exitCode).toBe(12);
    expect(run.stderr.replaceAll(home(), 'HOME').split('\nhint: ')[1]).toMatchInlineSnapshot(`
      "Check the name, or run \`mono login quay.io\`. Looked for credentials in $MONO_CREDENTIALS_QUAY_IO, then HOME/credentials.json, then HOME/.docker/config.json.
      "
    `);
  });

  it('come from the environment before all else', async () => {
    await login('quay.io', password);

    const run = await mono(['tags', 'quay.io/team/private'], {
      env: { MONO_CREDENTIALS_QUAY_IO: 'bob:wr0ng' },
    });

    expect(run.stderr).toContain(
      'does not accept the credentials of `bob` from $MONO_CREDENTIALS_QUAY_IO',
    );
    expect(run.stderr).not.toContain('wr0ng');
  });

  it('come from the login otherwise', async () => {
    await login('quay.io', password);

    const run = await mono(['tags', 'quay.io/team/private']);

    expect(run.stderr).toContain('REGISTRY_NOT_FOUND');
  });
});

function home(): string {
  return join(directory(), 'home');
}

function accountFile(): string {
  return join(home(), 'credentials.json');
}

async function mono(args: string[], options: Partial<MonoOptions> = {}) {
  return runMono(args, { cwd: directory(), home: home(), ...options });
}

async function login(registry: string, stdin: string, ...flags: string[]) {
  const args = ['login', registry, '--username', username, '--password-stdin', ...flags];
  return mono(args, { stdin });
}
