import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from '../../support/fast-check.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { digestOf } from '../../../src/lib/base/digest.js';
import { isMonoError, type MonoError } from '../../../src/lib/errors.js';
import type { LockedImage, Lockfile } from '../../../src/lib/project/lockfile/lockfile.js';
import { readLockfile } from '../../../src/lib/project/lockfile/read-lockfile.js';
import { writeLockfile } from '../../../src/lib/project/lockfile/write-lockfile.js';

const GOLDEN = join(import.meta.dirname, '../../golden/project/mono.lock');
const ROOT = `bafyrei${'a'.repeat(52)}`;

function digest(seed: string): ReturnType<typeof digestOf> {
  return digestOf(new TextEncoder().encode(seed));
}

const node: LockedImage = {
  requirement: 'docker.io/library/node@>=20 <24 || ^26-alpine',
  resolved: 'docker.io/library/node:22.4.0-alpine',
  digest: digest('index'),
  platforms: new Map([
    ['linux/arm64', { manifest: digest('arm64') }],
    ['linux/amd64', { manifest: digest('amd64'), root: ROOT }],
    ['linux/arm/v7', { manifest: digest('armv7') }],
  ]),
};
const busybox: LockedImage = {
  requirement: 'docker.io/library/busybox:1.35',
  resolved: 'docker.io/library/busybox:1.35',
  digest: digest('busybox'),
  platforms: new Map([['linux/amd64', { manifest: digest('busybox') }]]),
};
const lock: Lockfile = {
  images: new Map([
    ['node', node],
    ['busybox', busybox],
  ]),
};

describe('writeLockfile()', () => {
  it('writes the golden bytes', () => {
    expect(writeLockfile(lock)).toBe(readFileSync(GOLDEN, 'utf8'));
  });

  it('gives equal bytes for equal locks, whatever the order of their making', () => {
    const platforms = new Map([...node.platforms].reverse());
    const reversed = {
      images: new Map([
        ['busybox', busybox],
        ['node', { ...node, platforms }],
      ]),
    };

    expect(writeLockfile(reversed)).toBe(writeLockfile(lock));
  });

  it('writes YAML that other programs read to the same facts', () => {
    const value = parse(writeLockfile(lock)) as {
      images: Record<string, { requirement: string; platforms: Record<string, { root?: string }> }>;
    };

    expect(value.images['node']?.requirement).toBe(node.requirement);
    expect(value.images['node']?.platforms['linux/amd64']?.root).toBe(ROOT);
  });

  it('is undone by readLockfile()', () => {
    expect(readLockfile(writeLockfile(lock), 'mono.lock')).toEqual(lock);
    expect(readLockfile(writeLockfile({ images: new Map() }), 'mono.lock').images.size).toBe(0);
  });
});

describe('a lock of a signed image', () => {
  const signedBy = `SHA256:${'a'.repeat(43)}`;
  const signed = { images: new Map([['busybox', { ...busybox, signedBy }]]) };

  it('has the key on a line of its own, and is read again', () => {
    const text = writeLockfile(signed);

    expect(text).toContain(`    digest: ${busybox.digest}\n    signedBy: ${signedBy}\n`);
    expect(readLockfile(text, 'mono.lock')).toEqual(signed);
  });

  it('is refused with what is no fingerprint', () => {
    const text = writeLockfile(signed).replace('SHA256:', 'MD5:');

    expect(
      isMonoError(
        errorOf(() => readLockfile(text, 'l')),
        'LOCKFILE_INVALID',
      ),
    ).toBe(true);
  });
});

describe('readLockfile()', () => {
  const text = writeLockfile(lock);
  const broken = [
    { name: 'an unknown key', edit: () => text.replace('resolved:', 'resolve:'), at: '6:5' },
    { name: 'a missing key', edit: () => text.replace(/ {4}digest: .*\n/, ''), at: '4:3' },
    { name: 'a malformed digest', edit: () => text.replace('sha256:', 'sha256:x'), at: '7:5' },
    { name: 'a malformed root', edit: () => text.replace('bafy', 'bify'), at: '18:9' },
    { name: 'another version', edit: () => text.replace('Version: 1', 'Version: 2'), at: '' },
    { name: 'a repeated key', edit: () => text.replace('  node:', '  busybox:'), at: '11:3' },
    { name: 'an odd indentation', edit: () => text.replace('    digest', '   digest'), at: '7:4' },
    {
      name: 'a platform that is not Linux',
      edit: () => text.replace('linux/arm64', 'windows/arm64'),
      at: '21:7',
    },
    {
      name: 'a conflict of a merge',
      edit: () => text.replace('  node:', '<<<<<<< ours\n  node:'),
      at: '11:1',
    },
    { name: 'a list', edit: () => text.replace('  node:', '  - node'), at: '11:1' },
    {
      name: 'a value under a value',
      edit: () => text.replace('    resolved', '      resolved'),
      at: '6:7',
    },
    { name: 'nothing at all', edit: () => '', at: '1:1' },
  ];

  it.each(broken)('refuses $name and says where', ({ edit, at }) => {
    const error = errorOf(() => readLockfile(edit(), 'mono.lock'));

    expect(isMonoError(error, 'LOCKFILE_INVALID')).toBe(true);
    expect((error as MonoError).message).toContain(at === '' ? 'mono.lock' : `mono.lock:${at}\``);
  });

  it('refuses or reads every damaged file, and never fails otherwise', () => {
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.string({ maxLength: 3 }), (offset, piece) => {
        const damaged = text.slice(0, offset) + piece + text.slice(offset + 1);
        const error = errorOf(() => readLockfile(damaged, 'mono.lock'));
        return error === undefined || isMonoError(error, 'LOCKFILE_INVALID');
      }),
    );
  });
});

function errorOf(run: () => unknown): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
}
