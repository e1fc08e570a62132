import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { firstOf } from '../../../src/lib/registry/auth/credentials.js';
import { dockerConfigCredentials } from '../../../src/lib/registry/auth/docker-config.js';
import { rejectionOf } from '../../support/failure.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

describe('dockerConfigCredentials()', () => {
  const directory = useTemporaryDirectory();

  it.each<[string, object, unknown]>([
    ['docker.io', { auths: { 'https://index.docker.io/v1/': { auth: basic('a:b') } } }, ab()],
    ['docker.io', { auths: { 'docker.io': { auth: basic('a:b') } } }, ab()],
    ['ghcr.io', { auths: { 'ghcr.io': { auth: basic('a:b') } } }, ab()],
    ['ghcr.io', { auths: { 'https://ghcr.io/v2/': { auth: basic('a:b') } } }, ab()],
    ['ghcr.io', { auths: { 'GHCR.io': { username: 'a', password: 'b' } } }, ab()],
    ['h:5000', { auths: { h: { auth: basic('x:y') }, 'h:5000': { auth: basic('a:b') } } }, ab()],
    ['h', { auths: { h: { auth: basic('a:b:c') } } }, { username: 'a', password: 'b:c' }],
    ['h', { auths: { h: { auth: basic('a:b\0\0') } } }, ab()],
    ['h', { auths: { h: { auth: basic('ä:ö') } } }, { username: 'ä', password: 'ö' }],
    ['h', { auths: { h: { identitytoken: 't', auth: basic('a:b') } } }, { identityToken: 't' }],
    ['h', { auths: { h: { registrytoken: 't' } } }, { registryToken: 't' }],
    ['h', { auths: { h: {} } }, undefined],
    ['h', { auths: { other: { auth: basic('a:b') } } }, undefined],
    ['h', { auths: [] }, undefined],
    ['h', {}, undefined],
  ])('for %s reads %j', async (registry, config, expected) => {
    const source = dockerConfigCredentials(write(config), helpers());

    expect((await source(registry)).found).toEqual(expected);
  });

  it('has nothing when there is no file', async () => {
    const source = dockerConfigCredentials(join(directory(), 'none', 'config.json'), helpers());

    expect((await source('ghcr.io')).found).toBeUndefined();
  });

  it.each([
    ['not JSON', '{'],
    ['not an object', '[]'],
    ['an account without a colon', JSON.stringify({ auths: { h: { auth: basic('secret') } } })],
  ])('names the file that has %s', async (_name, text) => {
    const path = join(directory(), 'config.json');
    writeFileSync(path, text);

    const error = await rejectionOf(dockerConfigCredentials(path, helpers())('h'));

    expect(error.code).toBe('CREDENTIALS_FAILED');
    expect(error.message).toContain(path);
    expect(error.message).not.toContain('secret');
  });

  it('asks the helper of the registry before the one for all', async () => {
    writeHelper('own', `read url; echo '{"Username":"'"$url"'","Secret":"own"}'`);
    writeHelper('all', `read url; echo '{"Username":"'"$url"'","Secret":"all"}'`);
    const config = { credHelpers: { 'ghcr.io': 'own' }, credsStore: 'all' };
    const source = dockerConfigCredentials(write(config), helpers());

    expect((await source('ghcr.io')).found).toEqual({ username: 'ghcr.io', password: 'own' });
    expect((await source('quay.io')).found).toEqual({ username: 'quay.io', password: 'all' });
    expect((await source('docker.io')).found).toEqual({
      username: 'https://index.docker.io/v1/',
      password: 'all',
    });
  });

  it('takes the file when the helper has nothing', async () => {
    writeHelper('empty', 'echo "credentials not found in native keychain"; exit 1');
    const config = { credsStore: 'empty', auths: { h: { auth: basic('a:b') } } };

    expect((await dockerConfigCredentials(write(config), helpers())('h')).found).toEqual(ab());
  });

  it('knows an identity token by its user name', async () => {
    writeHelper('token', `echo '{"Username":"<token>","Secret":"t"}'`);
    const source = dockerConfigCredentials(write({ credsStore: 'token' }), helpers());

    expect((await source('h')).found).toEqual({ identityToken: 't' });
  });

  it.each([
    ['hangs', 'sleep 600 & sleep 600', 'it does not answer within 200 ms'],
    ['fails', 'echo "keychain is locked"; exit 3', 'exit code 3 (keychain is locked)'],
    ['talks nonsense', 'echo hello', 'its answer is not JSON'],
    ['lacks a secret', `echo '{"Username":"a"}'`, 'lacks a user name or a secret'],
    ['never stops talking', 'yes', 'it says more than 262144 bytes'],
  ])('names the helper that %s', async (name, script, reason) => {
    const program = name.replaceAll(' ', '-');
    writeHelper(program, script);
    const options = helpers(name === 'hangs' ? 200 : undefined);
    const source = dockerConfigCredentials(write({ credsStore: program }), options);

    const error = await rejectionOf(source('h'));

    expect(error.code).toBe('CREDENTIALS_FAILED');
    expect(error.message).toContain(`docker-credential-${program}`);
    expect(error.message).toContain(reason);
  });

  it('names the helper that is not installed', async () => {
    const source = dockerConfigCredentials(write({ credsStore: 'gone' }), helpers());

    const error = await rejectionOf(source('h'));

    expect(error.message).toBe(
      'Cannot get credentials for `h` from `docker-credential-gone`: the program is not installed',
    );
  });

  it.each(['../evil', 'a b', '', '/bin/sh'])('runs no helper named %j', async (credsStore) => {
    const source = dockerConfigCredentials(write({ credHelpers: { h: credsStore } }), helpers());

    const outcome = await source('h').catch((error: unknown) => error);

    expect(outcome).toEqual(
      credsStore === ''
        ? expect.objectContaining({ found: undefined })
        : expect.objectContaining({ code: 'CREDENTIALS_FAILED' }),
    );
  });

  it('gives a helper no other environment than it is told', async () => {
    writeHelper('env', `echo '{"Username":"'"\${SECRET_OF_PARENT-none}"'","Secret":"s"}'`);
    process.env['SECRET_OF_PARENT'] = 'leaked';
    const source = dockerConfigCredentials(write({ credsStore: 'env' }), helpers());

    expect((await source('h')).found).toEqual({ username: 'none', password: 's' });
    delete process.env['SECRET_OF_PARENT'];
  });

  function write(config: object): string {
    const path = join(directory(), 'config.json');
    writeFileSync(path, JSON.stringify(config));
    return path;
  }

  function writeHelper(name: string, script: string): void {
    const path = join(directory(), 'bin', `docker-credential-${name}`);
    mkdirSync(join(directory(), 'bin'), { recursive: true });
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
  }

  function helpers(timeoutMs = 20_000) {
    return { environment: { PATH: `${join(directory(), 'bin')}:/usr/bin:/bin` }, timeoutMs };
  }
});

describe('firstOf()', () => {
  it('asks sources in turn until one has credentials', async () => {
    const asked: string[] = [];
    const source = firstOf(
      ['none', 'a', 'b'].map((name) => (registry) => {
        asked.push(`${name} ${registry}`);
        const credentials = { username: name, password: 'x' };
        const found = name === 'none' ? undefined : credentials;
        return Promise.resolve({ found, lookedIn: [`file ${name}`] });
      }),
    );

    expect(await source('h')).toEqual({
      found: { username: 'a', password: 'x' },
      lookedIn: ['file none', 'file a'],
    });
    expect(asked).toEqual(['none h', 'a h']);
  });

  it('has nothing without sources', async () => {
    expect(await firstOf([])('h')).toEqual({ found: undefined, lookedIn: [] });
  });
});

function basic(pair: string): string {
  return Buffer.from(pair).toString('base64');
}

function ab() {
  return { username: 'a', password: 'b' };
}
