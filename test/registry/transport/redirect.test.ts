import { describe, expect, it } from 'vitest';
import { MAX_REDIRECTS, withRedirects } from '../../../src/lib/registry/transport/redirect.js';
import { rejectionOf } from '../../support/failure.js';
import { requestTo, scriptedSend } from '../fake-send.js';

describe('withRedirects()', () => {
  it.each([301, 302, 303, 307, 308])('follows status %i', async (status) => {
    const { send } = redirectingTo('https://cdn.example/blob', status);

    const response = await withRedirects(send)(requestTo('https://registry.example/v2/a'));

    expect(response.status).toBe(200);
    expect(response.url.href).toBe('https://cdn.example/blob');
  });

  it.each([
    ['another host', 'https://cdn.example/b'],
    ['another port', 'https://registry.example:8443/b'],
    ['a host without a scheme', '//cdn.example/b'],
  ])('drops the credentials for %s and keeps the rest', async (_name, location) => {
    const { send, requests } = redirectingTo(location);

    await withRedirects(send)(requestTo('https://registry.example/v2/a'));

    expect(requests[1]?.headers).toEqual({ accept: 'a/b' });
  });

  it.each(['/b', 'b', 'https://registry.example/b', 'https://registry.example:443/b'])(
    'keeps the credentials for %s of the same origin',
    async (location) => {
      const { send, requests } = redirectingTo(location);

      await withRedirects(send)(requestTo('https://registry.example/v2/a'));

      expect(requests[1]?.headers['authorization']).toBe('Bearer secret');
    },
  );

  it('does not give credentials back when a foreign host redirects home', async () => {
    const hops = ['https://cdn.example/', 'https://registry.example/b'];
    const { send, requests } = scriptedSend((_, index) => {
      const location = hops[index];
      return location === undefined ? { status: 200 } : { status: 307, headers: { location } };
    });

    await withRedirects(send)(requestTo('https://registry.example/v2/a'));

    expect(requests[2]?.headers).toEqual({ accept: 'a/b' });
  });

  it('does not take credentials out of an address', async () => {
    const { send, requests } = redirectingTo('https://user:pass@cdn.example/b');

    await withRedirects(send)(requestTo('https://registry.example/v2/a'));

    expect(requests[1]?.url.href).toBe('https://cdn.example/b');
  });

  it.each([
    ['without encryption', 'http://registry.example/b', 'without encryption'],
    ['to a file', 'file:///etc/passwd', '`file:`'],
    ['to nowhere', '', 'which is no address'],
    ['to nonsense', 'https://[', 'which is no address'],
  ])('refuses to go %s', async (_name, location, reason) => {
    const { send, requests } = redirectingTo(location);

    const error = await rejectionOf(
      withRedirects(send)(requestTo('https://registry.example/v2/a')),
    );

    expect(error.code).toBe('REGISTRY_PROTOCOL');
    expect(error.message).toContain(reason);
    expect(requests).toHaveLength(1);
  });

  it('ends a circle', async () => {
    const { send, requests } = scriptedSend(() => ({ status: 302, headers: { location: '/a' } }));

    const error = await rejectionOf(withRedirects(send)(requestTo('https://registry.example/a')));

    expect(error.message).toContain(`redirects more than ${MAX_REDIRECTS} times`);
    expect(requests).toHaveLength(MAX_REDIRECTS + 1);
  });

  it('does not carry a form elsewhere', async () => {
    const { send, requests } = redirectingTo('https://registry.example/b', 307);
    const form = new URLSearchParams({ refresh_token: 'secret' });

    const error = await rejectionOf(
      withRedirects(send)(requestTo('https://registry.example/token', { form })),
    );

    expect(error.code).toBe('REGISTRY_PROTOCOL');
    expect(requests).toHaveLength(1);
  });
});

function redirectingTo(location: string, status = 307) {
  return scriptedSend((_, index) =>
    index === 0 ? { status, headers: { location } } : { status: 200 },
  );
}
