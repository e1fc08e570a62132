import { describe, expect, it } from 'vitest';
import { parseImageConfig } from '../../src/lib/image/image-config.js';

const DIFF_ID = `sha256:${'a'.repeat(64)}`;
const MINIMAL = {
  os: 'linux',
  architecture: 'amd64',
  rootfs: { type: 'layers', diff_ids: [DIFF_ID] },
};

describe('parseImageConfig()', () => {
  it('reads a minimal configuration', () => {
    expect(parse(MINIMAL)).toEqual({
      platform: { os: 'linux', architecture: 'amd64' },
      diffIds: [DIFF_ID],
      env: [],
      cmd: [],
      entrypoint: [],
      user: '',
      workingDir: '',
      exposedPorts: [],
      volumes: [],
      stopSignal: undefined,
      labels: {},
    });
  });

  it('reads every field, and passes over those it does not know', () => {
    const config = parse({
      ...MINIMAL,
      variant: 'v8',
      history: [{ created_by: 'x' }],
      config: {
        Env: ['PATH=/bin', 'EMPTY=', 'BARE'],
        Cmd: ['sh', '-c', 'exit 7'],
        Entrypoint: ['/init'],
        User: '1000:1000',
        WorkingDir: '/srv',
        ExposedPorts: { '80/tcp': {}, '53/udp': {}, '8080': {} },
        Volumes: { '/data': {} },
        StopSignal: 'SIGINT',
        Labels: { a: 'b' },
        Healthcheck: { Test: ['NONE'] },
      },
    });

    expect(config).toEqual({
      platform: { os: 'linux', architecture: 'amd64', variant: 'v8' },
      diffIds: [DIFF_ID],
      env: ['PATH=/bin', 'EMPTY=', 'BARE'],
      cmd: ['sh', '-c', 'exit 7'],
      entrypoint: ['/init'],
      user: '1000:1000',
      workingDir: '/srv',
      // JSON numbers its integer keys first.
      exposedPorts: [
        { port: 8080, protocol: 'tcp' },
        { port: 80, protocol: 'tcp' },
        { port: 53, protocol: 'udp' },
      ],
      volumes: ['/data'],
      stopSignal: 'SIGINT',
      labels: { a: 'b' },
    });
  });

  it('takes null for absent, as Go writes it', () => {
    const nothing = { Env: null, Cmd: null, Entrypoint: null, Volumes: null, Labels: null };

    expect(parse({ ...MINIMAL, config: { ...nothing, StopSignal: null } })).toEqual(parse(MINIMAL));
    expect(parse({ ...MINIMAL, config: null })).toEqual(parse(MINIMAL));
  });

  it.each([
    { name: 'no JSON', document: '{', reason: 'not JSON' },
    { name: 'a list', document: [], reason: 'not a JSON object' },
    { name: 'no operating system', document: { ...MINIMAL, os: '' }, reason: 'operating system' },
    { name: 'no rootfs', document: { ...MINIMAL, rootfs: undefined }, reason: 'made of layers' },
    {
      name: 'another kind of rootfs',
      document: { ...MINIMAL, rootfs: { type: 'disk' } },
      reason: 'made of layers',
    },
    {
      name: 'a diffID that is none',
      document: { ...MINIMAL, rootfs: { type: 'layers', diff_ids: ['sha256:1'] } },
      reason: '`sha256:1` is not a digest',
    },
    {
      name: 'a config that is text',
      document: { ...MINIMAL, config: 'x' },
      reason: '`config` is not an object',
    },
    {
      name: 'an environment that is an object',
      document: { ...MINIMAL, config: { Env: {} } },
      reason: '`Env` is not a list',
    },
    {
      name: 'a command with a number',
      document: { ...MINIMAL, config: { Cmd: [1] } },
      reason: '`Cmd` holds something that is not text',
    },
    {
      name: 'a NUL in a command',
      document: { ...MINIMAL, config: { Cmd: ['a\0b'] } },
      reason: '`Cmd` holds a NUL',
    },
    {
      name: 'a label that is a number',
      document: { ...MINIMAL, config: { Labels: { a: 1 } } },
      reason: '`Labels` holds',
    },
    {
      name: 'a port out of range',
      document: { ...MINIMAL, config: { ExposedPorts: { '65536/tcp': {} } } },
      reason: '`65536/tcp` is not valid',
    },
    {
      name: 'a port of another protocol',
      document: { ...MINIMAL, config: { ExposedPorts: { '1/http': {} } } },
      reason: '`1/http` is not valid',
    },
  ])('refuses $name', ({ document, reason }) => {
    expect(() => parse(document)).toThrow(
      expect.objectContaining({
        code: 'IMAGE_CONFIG_INVALID',
        message: expect.stringContaining(reason) as string,
      }) as Error,
    );
  });
});

function parse(document: unknown): ReturnType<typeof parseImageConfig> {
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  return parseImageConfig(Buffer.from(text), 'docker.io/library/a:1');
}
