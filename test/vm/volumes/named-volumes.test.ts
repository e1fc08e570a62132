import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TEMPORARY_PREFIX } from '../../../src/lib/io/atomic-file.js';
import { NamedVolumes } from '../../../src/lib/vm/volumes/named-volumes.js';
import { rejectionOf } from '../../support/failure.js';
import { DISK_TEMPLATE } from '../support/vmm-options.js';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mono-volumes-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function volumes(template = DISK_TEMPLATE): NamedVolumes {
  return new NamedVolumes({ directory: join(directory, 'volumes'), template });
}

describe('NamedVolumes', () => {
  it('has none at first', async () => {
    expect(await volumes().list()).toEqual([]);
  });

  it('lists what was made, with what it takes, and forgets what is removed', async () => {
    await volumes().ensure('b');
    await volumes().ensure('a');
    const listed = await volumes().list();
    await volumes().remove('a');

    expect(listed.map((it) => it.name)).toEqual(['a', 'b']);
    expect(listed[0]!.storedBytes).toBeGreaterThan(0);
    expect(listed[0]!.storedBytes).toBeLessThan(16 * 1024 * 1024);
    expect((await volumes().list()).map((it) => it.name)).toEqual(['b']);
  });

  it('takes what a killed process had begun to make for none, and removes it', async () => {
    mkdirSync(join(directory, 'volumes'));
    writeFileSync(join(directory, 'volumes', `${TEMPORARY_PREFIX}a.ext4-0123456789ab`), 'half');

    expect(await volumes().list()).toEqual([]);
    await volumes().ensure('b');

    expect(readdirSync(join(directory, 'volumes'))).toEqual(['b.ext4']);
  });

  it('makes one disk for all who want it at once', async () => {
    const paths = await Promise.all([1, 2, 3, 4].map(async () => volumes().ensure('a')));

    expect(new Set(paths.map((path) => statSync(path).ino)).size).toBe(1);
    expect(readdirSync(join(directory, 'volumes'))).toEqual(['a.ext4']);
  });

  it('says that there is none to remove', async () => {
    expect(await rejectionOf(volumes().remove('a'))).toMatchObject({ code: 'VOLUME_UNKNOWN' });
  });

  it('leaves nothing behind where the filesystem to start with is missing', async () => {
    const error = await rejectionOf(volumes('/missing').ensure('a'));

    expect(error).toMatchObject({ code: 'VM_GUEST_MISSING' });
    expect(await volumes().list()).toEqual([]);
  });
});
