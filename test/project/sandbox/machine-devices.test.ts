import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { machineDevices } from '../../../src/lib/project/sandbox/machine-devices.js';
import { NamedVolumes } from '../../../src/lib/vm/volumes/named-volumes.js';
import { rejectionOf } from '../../support/failure.js';
import { DISK_TEMPLATE } from '../../vm/support/vmm-options.js';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mono-devices-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function host() {
  const volumes = new NamedVolumes({ directory: join(directory, 'v'), template: DISK_TEMPLATE });
  return { volumes, writesDisk: '/writes' };
}

describe('machineDevices()', () => {
  it('makes a volume that is named for the first time, once', async () => {
    const mount = { kind: 'named', name: 'data', guestPath: '/data', readOnly: false } as const;
    const settings = { network: 'none', ports: [], mounts: [mount], writes: 'disk' } as const;
    const [first, second] = await Promise.all([
      machineDevices(settings, host()),
      machineDevices(settings, host()),
    ]);

    expect(first.disks).toEqual([
      { path: join(directory, 'v/data.ext4'), guestPath: '/data', readOnly: false },
    ]);
    expect(second.disks).toEqual(first.disks);
    expect(first.writes).toEqual({ kind: 'disk', path: '/writes' });
    expect(await host().volumes.list()).toMatchObject([{ name: 'data' }]);
  });

  it.each([
    ['a directory that is not there', 'missing', /does not exist/],
    ['a file', 'file', /no directory/],
  ])('refuses %s', async (_, name, message) => {
    writeFileSync(join(directory, 'file'), '');
    const hostPath = join(directory, name);
    const mount = { kind: 'directory', hostPath, guestPath: '/data', readOnly: false } as const;
    const settings = { network: 'none', ports: [], mounts: [mount], writes: 'memory' } as const;
    const error = await rejectionOf(machineDevices(settings, host()));

    expect(error).toMatchObject({ code: 'VOLUME_INVALID' });
    expect(error.message).toMatch(message);
  });
});
