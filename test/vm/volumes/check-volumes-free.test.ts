import { describe, expect, it } from 'vitest';
import { NO_DEVICES } from '../../../src/lib/vm/devices.js';
import {
  checkVolumesFree,
  type VolumeHolder,
} from '../../../src/lib/vm/volumes/check-volumes-free.js';
import { failureOf } from '../../support/failure.js';

function holder(name: string, overrides: Partial<VolumeHolder> & { readOnly?: boolean } = {}) {
  const { readOnly = false, ...rest } = overrides;
  const disks = [{ path: '/volumes/data.ext4', guestPath: `/${name}`, readOnly }];
  const spec = { devices: { ...NO_DEVICES, disks } };
  return { id: name, name, status: 'running', spec, ...rest } as const;
}

const fresh = holder('new', { status: 'starting' });
const reader = holder('new', { status: 'starting', readOnly: true });

describe('checkVolumesFree()', () => {
  it.each([
    { name: 'two that write', sandbox: fresh, other: holder('db') },
    {
      name: 'one that writes beside one that reads',
      sandbox: fresh,
      other: holder('db', { readOnly: true }),
    },
    { name: 'one that reads beside one that writes', sandbox: reader, other: holder('db') },
  ])('refuses $name, and says who has the volume', ({ sandbox, other }) => {
    const error = failureOf(() => checkVolumesFree(sandbox, [sandbox, other]));

    expect(error).toMatchObject({
      code: 'VOLUME_IN_USE',
      details: { name: 'data', sandboxes: ['db'] },
    });
    expect(error.hint).toContain('mono stop db');
  });

  it.each([
    { name: 'two that read', sandbox: reader, other: holder('db', { readOnly: true }) },
    {
      name: 'beside one that has stopped',
      sandbox: fresh,
      other: holder('db', { status: 'stopped' }),
    },
    {
      name: 'beside one that only starts',
      sandbox: fresh,
      other: holder('db', { status: 'starting' }),
    },
  ])('lets them be: $name', ({ sandbox, other }) => {
    expect(() => checkVolumesFree(sandbox, [sandbox, other])).not.toThrow();
  });
});
