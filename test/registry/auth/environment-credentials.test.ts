import * as fc from '../../support/fast-check.js';
import { describe, expect, it } from 'vitest';
import {
  credentialVariable,
  environmentCredentials,
} from '../../../src/lib/registry/auth/environment-credentials.js';
import { rejectionOf } from '../../support/failure.js';

describe('environmentCredentials()', () => {
  const variables = [
    { registry: 'ghcr.io', text: 'GHCR_IO=a:b', found: { username: 'a', password: 'b' } },
    { registry: 'ghcr.io', text: 'GHCR_IO=a:b:c', found: { username: 'a', password: 'b:c' } },
    { registry: 'lo:5000', text: 'LO___5000=a:', found: { username: 'a', password: '' } },
    { registry: 'a-b.example', text: 'A__B_EXAMPLE=ey.J', found: { registryToken: 'ey.J' } },
    { registry: 'ghcr.io', text: 'GHCR_IO=', found: undefined },
    { registry: 'ghcr.io', text: 'QUAY_IO=a:b', found: undefined },
  ];
  it.each(variables)('for $registry reads MONO_CREDENTIALS_$text', async ({ registry, ...row }) => {
    const [name = '', value = ''] = row.text.split('=');
    const source = environmentCredentials({ [`MONO_CREDENTIALS_${name}`]: value });

    expect((await source(registry)).found).toEqual(row.found);
  });

  it('says which variable it looked at', async () => {
    const search = await environmentCredentials({})('ghcr.io');

    expect(search).toEqual({ found: undefined, lookedIn: ['$MONO_CREDENTIALS_GHCR_IO'] });
  });

  it.each([':secret', 'a:sec\nret'])('refuses %j without repeating it', async (value) => {
    const source = environmentCredentials({ MONO_CREDENTIALS_H: value });

    const error = await rejectionOf(Promise.resolve().then(() => source('h')));

    expect(error.code).toBe('CREDENTIALS_FAILED');
    expect(JSON.stringify([error, error.message])).not.toContain('ret');
  });
});

describe('credentialVariable()', () => {
  it('gives no two registries the same variable', () => {
    const label = fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,3}[a-z0-9])?$/);
    const host = fc
      .tuple(fc.array(label, { minLength: 1, maxLength: 3 }), fc.option(fc.constant(':50')))
      .map(([labels, port]) => labels.join('.') + (port ?? ''));
    fc.assert(
      fc.property(host, host, (a, b) => {
        expect(credentialVariable(a) === credentialVariable(b)).toBe(a === b);
      }),
    );
  });

  it('has none for an IPv6 address', () => {
    expect(credentialVariable('[::1]:5000')).toBeUndefined();
  });
});
