import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { credentialFile } from '../../../src/lib/registry/auth/credential-file.js';
import { rejectionOf } from '../../support/failure.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const ALICE = { username: 'alice', password: 'open-sesame' };

describe('credentialFile()', () => {
  const directory = useTemporaryDirectory();
  const path = (): string => join(directory(), 'config', 'credentials.json');

  it('gives back what was stored, and nothing for other registries', async () => {
    const file = credentialFile(path());

    await file.store('ghcr.io', ALICE);

    expect(await file.source('ghcr.io')).toEqual({ found: ALICE, lookedIn: [path()] });
    expect(await file.source('quay.io')).toEqual({ found: undefined, lookedIn: [path()] });
  });

  it('is readable by its owner alone, also when it is written again', async () => {
    const file = credentialFile(path());

    await file.store('ghcr.io', ALICE);
    const first = statSync(path()).mode & 0o777;
    await file.store('ghcr.io', { ...ALICE, password: 'other' });

    expect([first, statSync(path()).mode & 0o777]).toEqual([0o600, 0o600]);
    expect(readdirSync(join(directory(), 'config'))).toEqual(['credentials.json']);
  });

  it('keeps what several logins at once store', async () => {
    const names = ['a.example', 'b.example', 'c.example', 'd.example'];

    await Promise.all(names.map((name) => credentialFile(path()).store(name, ALICE)));

    for (const name of names) {
      expect((await credentialFile(path()).source(name)).found).toEqual(ALICE);
    }
  });

  it('has the form of docs/formats/credentials-file.md', async () => {
    await credentialFile(path()).store('quay.io', ALICE);
    await credentialFile(path()).store('ghcr.io', { username: 'b', password: 'ü' });

    expect(readFileSync(path(), 'utf8')).toMatchInlineSnapshot(`
      "{
        "version": 1,
        "registries": {
          "ghcr.io": {
            "username": "b",
            "password": "ü"
          },
          "quay.io": {
            "username": "alice",
            "password": "open-sesame"
          }
        }
      }
      "
    `);
  });

  it('forgets an account and says whether there was one', async () => {
    const file = credentialFile(path());
    await file.store('ghcr.io', ALICE);

    expect(await file.erase('quay.io')).toBe(false);
    expect(await file.erase('ghcr.io')).toBe(true);
    expect((await file.source('ghcr.io')).found).toBeUndefined();
  });

  it('makes nothing when there is nothing to forget', async () => {
    expect(await credentialFile(path()).erase('ghcr.io')).toBe(false);
    expect(readdirSync(directory())).toEqual([]);
  });

  it.each([
    ['text that is not JSON', '{'],
    ['another version', '{"version":2,"registries":{}}'],
    ['no registries', '{"version":1}'],
    ['an account without a password', '{"version":1,"registries":{"h":{"username":"secret"}}}'],
  ])('refuses %s and leaves it alone', async (_name, text) => {
    const plain = join(directory(), 'credentials.json');
    writeFileSync(plain, text);

    const errors = [
      await rejectionOf(credentialFile(plain).source('h')),
      await rejectionOf(credentialFile(plain).store('h', ALICE)),
    ];

    for (const error of errors) {
      expect(error.code).toBe('CREDENTIALS_FAILED');
      expect(JSON.stringify([error, error.message])).not.toContain('secret');
    }
    expect(readFileSync(plain, 'utf8')).toBe(text);
  });
});
