import { describe, expect, it } from 'vitest';
import { readUserConfig } from '../../src/lib/project/user-config.js';

const TEXT = `
registries:
  index.docker.io:
    endpoint: http://127.0.0.1:5000
    mirrors:
      - { endpoint: https://mirror.example, ca: /etc/ca.pem }
  registry.example:5000:
    insecure: true
    clientCertificate: { certificate: /c.pem, key: /k.pem }
defaults: { cpus: 2, memory: 1GiB, vmm: qemu }
`;

describe('readUserConfig()', () => {
  it('reads registries by their canonical names, and defaults', () => {
    const config = readUserConfig(TEXT, 'config.yaml');

    expect(Object.fromEntries(config.registries)).toEqual({
      'docker.io': {
        endpoint: 'http://127.0.0.1:5000',
        mirrors: [{ endpoint: 'https://mirror.example', caFile: '/etc/ca.pem' }],
      },
      'registry.example:5000': {
        insecure: true,
        clientCertificate: { certificateFile: '/c.pem', keyFile: '/k.pem' },
      },
    });
    expect(config.defaults).toEqual({ cpus: 2, memoryMib: 1024, vmm: 'qemu' });
  });

  it('reads whether blobs are kept', () => {
    expect(readUserConfig('keepBlobs: true', 'config.yaml')).toHaveProperty('keepBlobs', true);
    expect(() => readUserConfig('keepBlobs: often', 'config.yaml')).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }) as Error,
    );
  });

  it('reads an empty file', () => {
    expect(readUserConfig('', 'config.yaml')).toEqual({ registries: new Map(), defaults: {} });
  });

  it.each([
    {
      name: 'an unknown key',
      text: 'registrys: {}\n',
      says: 'config.yaml:1:1',
      hint: 'registries',
    },
    { name: 'a bad name', text: 'registries: { "a b": {} }\n', says: 'config.yaml:1:15', hint: '' },
    {
      name: 'a bad address',
      text: 'registries: { a.b: { endpoint: ftp://x } }\n',
      says: 'http',
      hint: 'https',
    },
    {
      name: 'a relative path',
      text: 'registries: { a.b: { ca: x.pem } }\n',
      says: 'absolute',
      hint: '',
    },
    {
      name: 'a mirror without address',
      text: 'registries: { a.b: { mirrors: [{}] } }\n',
      says: 'endpoint',
      hint: '',
    },
    {
      name: 'text for a boolean',
      text: 'registries: { a.b: { insecure: "no" } }\n',
      says: 'true',
      hint: '',
    },
    {
      name: 'a certificate without key',
      text: 'registries: { a.b: { clientCertificate: { key: /k } } }\n',
      says: 'certificate',
      hint: '',
    },
    { name: 'a bad VMM', text: 'defaults: { vmm: xen }\n', says: 'not a VMM', hint: 'krun' },
    { name: 'bad memory', text: 'defaults: { memory: 3 }\n', says: 'memory', hint: '512MiB' },
  ])('refuses $name', ({ text, says, hint }) => {
    try {
      readUserConfig(text, 'config.yaml');
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
      expect((error as Error).message).toContain(says);
      expect((error as { hint?: string }).hint ?? '').toContain(hint);
    }
  });
});
