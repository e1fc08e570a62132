import { describe, expect, it } from 'vitest';
import { NO_DEVICES } from '../../../src/lib/vm/devices.js';
import { listVolumes } from '../../../src/lib/vm/volumes/list-volumes.js';
import { removeVolumes } from '../../../src/lib/vm/volumes/remove-volumes.js';
import { rejectionOf } from '../../support/failure.js';

const disk = { path: '/volumes/data.ext4', guestPath: '/data', readOnly: false };
const user = { name: 'db', spec: { devices: { ...NO_DEVICES, disks: [disk] } } };

function twoVolumes() {
  const removed: string[] = [];
  const volumes = {
    list: () =>
      Promise.resolve(
        ['data', 'free'].map((name) => ({ name, path: `/volumes/${name}.ext4`, storedBytes: 1 })),
      ),
    remove: (name: string) => Promise.resolve(void removed.push(name)),
  };
  return { removed, volumes };
}

describe('listVolumes()', () => {
  it('names the sandboxes that mount a volume', async () => {
    const { volumes } = await listVolumes(twoVolumes().volumes, [user]);

    expect(volumes.map((it) => it.sandboxes)).toEqual([['db'], []]);
  });
});

describe('removeVolumes()', () => {
  it('deletes none when a sandbox mounts one of them', async () => {
    const { volumes, removed } = twoVolumes();
    const request = { names: ['free', 'data'], sandboxes: [user] };
    const error = await rejectionOf(removeVolumes(volumes, request));

    expect(error).toMatchObject({ code: 'VOLUME_IN_USE' });
    expect(error.hint).toContain('mono rm db');
    expect(removed).toEqual([]);
  });

  it('deletes each once', async () => {
    const { volumes, removed } = twoVolumes();
    await removeVolumes(volumes, { names: ['free', 'free'], sandboxes: [user] });

    expect(removed).toEqual(['free']);
  });
});
