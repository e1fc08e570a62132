import { describe, expect, it } from 'vitest';
import {
  anchorMount,
  parseTmpfs,
  parseVolume,
} from '../../../src/lib/project/sandbox/mount-setting.js';

describe('parseVolume()', () => {
  it.each(['/src', './src', '../src', '.', '..', '~', '~/src'])(
    'takes %s for a directory',
    (path) => {
      expect(parseVolume(`${path}:/app/`)).toEqual({
        kind: 'directory',
        hostPath: path,
        guestPath: '/app',
        readOnly: false,
      });
    },
  );

  it('takes a bare word for the name of a volume', () => {
    expect(parseVolume('data:/var/lib//db:ro')).toEqual({
      kind: 'named',
      name: 'data',
      guestPath: '/var/lib/db',
      readOnly: true,
    });
  });

  it.each([
    'data',
    'data:',
    ':/data',
    'data:relative',
    'data:/',
    'data:/..',
    'a:/b:rx',
    'a:/b:ro:c',
  ])('refuses `%s`', (text) => {
    expect(parseVolume(text)).toBeTypeOf('string');
  });

  it.each(['a/b', '..a', '-', 'A', '.git/x'])(
    'refuses the name `%s`, which could lead out',
    (name) => {
      expect(parseVolume(`${name}:/data`)).toBeTypeOf('string');
    },
  );
});

describe('parseTmpfs()', () => {
  it('reads a path, with a size or without', () => {
    expect(parseTmpfs('/tmp')).toEqual({ kind: 'memory', guestPath: '/tmp', sizeMib: undefined });
    expect(parseTmpfs('/tmp:1GiB')).toEqual({ kind: 'memory', guestPath: '/tmp', sizeMib: 1024 });
  });

  it.each(['tmp', '/', '/tmp:', '/tmp:0MiB', '/tmp:64M'])('refuses `%s`', (text) => {
    expect(parseTmpfs(text)).toBeTypeOf('string');
  });
});

describe('anchorMount()', () => {
  it.each([
    ['./src', '/project/src'],
    ['../src', '/src'],
    ['~/src', '/home/me/src'],
    ['~', '/home/me'],
    ['/src', '/src'],
  ])('makes an absolute path of %s', (hostPath, expected) => {
    const mount = { kind: 'directory', hostPath, guestPath: '/app', readOnly: false } as const;

    expect(anchorMount(mount, { directory: '/project', home: '/home/me' })).toEqual({
      ...mount,
      hostPath: expected,
    });
  });
});
