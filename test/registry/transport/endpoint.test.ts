import { describe, expect, it } from 'vitest';
import {
  endpointUrl,
  type RegistryEndpoint,
} from '../../../src/lib/registry/transport/endpoint.js';
import { failureOf } from '../../support/failure.js';

describe('endpointUrl()', () => {
  it.each<[string, RegistryEndpoint, string]>([
    ['docker.io', {}, 'https://registry-1.docker.io/'],
    ['docker.io', { insecure: true }, 'http://registry-1.docker.io/'],
    ['ghcr.io', {}, 'https://ghcr.io/'],
    ['quay.io', {}, 'https://quay.io/'],
    ['sandboxes.io', {}, 'https://sandboxes.io/'],
    ['host:5000', {}, 'https://host:5000/'],
    ['host:5000', { insecure: true }, 'http://host:5000/'],
    ['localhost:5000', {}, 'http://localhost:5000/'],
    ['127.0.0.1:5000', {}, 'http://127.0.0.1:5000/'],
    ['127.1.2.3', {}, 'http://127.1.2.3/'],
    ['[::1]:5000', {}, 'http://[::1]:5000/'],
    ['[::2]:5000', {}, 'https://[::2]:5000/'],
    ['128.0.0.1', {}, 'https://128.0.0.1/'],
    ['127.evil.example', {}, 'https://127.evil.example/'],
    ['localhost.evil.example', {}, 'https://localhost.evil.example/'],
    ['docker.io', { url: 'http://127.0.0.1:5000' }, 'http://127.0.0.1:5000/'],
    ['docker.io', { url: 'https://proxy.example/hub' }, 'https://proxy.example/hub/'],
    ['docker.io', { url: 'http://proxy', insecure: true }, 'http://proxy/'],
  ])('of %s with %j is %s', (registry, endpoint, url) => {
    expect(endpointUrl(registry, endpoint).href).toBe(url);
  });

  it.each([
    ['http://registry.example', 'it has no encryption and is not marked insecure'],
    ['ftp://registry.example', 'it is not an http or https address alone'],
    ['registry.example', 'it is not an http or https address alone'],
    ['https://user:pw@registry.example', 'it is not an http or https address alone'],
    ['https://registry.example/?a', 'it is not an http or https address alone'],
  ])('refuses %s', (url, reason) => {
    const error = failureOf(() => endpointUrl('docker.io', { url }));

    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.details['reason']).toBe(reason);
    expect(error.message).not.toContain('pw');
  });
});
