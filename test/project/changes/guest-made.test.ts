import type { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { ChangeSetBuilder } from '../../../src/lib/fs/change-set/change-set-builder.js';
import { flatten } from '../../../src/lib/fs/change-set/flatten.js';
import type { Attributes } from '../../../src/lib/fs/entry.js';
import { withoutGuestMade } from '../../../src/lib/project/changes/guest-made.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import { NO_DEVICES } from '../../../src/lib/vm/devices.js';
import { attributes, bytes, fileOf, listing, symlinkTo } from '../../fs/support/trees.js';

const HOSTS = '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n127.0.1.1\tbox\n';
const NOW = { seconds: 9, nanoseconds: 0 };
const spec = {
  devices: { ...NO_DEVICES, memoryMounts: [{ path: '/run/cache' }] },
  hostname: 'box',
  process: { argv: ['sh'], env: {}, cwd: '/srv//app/', user: '' },
};
const store = new MemoryStore();

type Change = 'directory' | ({ readonly file: string } & Partial<Attributes>);

describe('withoutGuestMade()', () => {
  it('gives the base for all that the guest program makes', async () => {
    const base = await tree({ etc: 'directory' });
    const after = await changed(base, {
      'etc/hostname': { file: 'box\n' },
      'etc/hosts': { file: HOSTS },
      'etc/resolv.conf': { file: '' },
      proc: 'directory',
      sys: 'directory',
      dev: 'directory',
      run: 'directory',
      'run/cache': 'directory',
      srv: 'directory',
      'srv/app': 'directory',
    });

    const cleaned = await withoutGuestMade(store, { base, after }, spec);

    expect(cleaned.toString()).toBe(base.toString());
  });

  it('gives back the link in whose place the file of the resolver was made', async () => {
    const builder = new ChangeSetBuilder(store);
    for (const path of ['', 'etc']) {
      builder.setDirectory(bytes(path), attributes({ mode: 0o755 }));
    }
    builder.setEntry(bytes('etc/resolv.conf'), symlinkTo('../run/missing'));
    const base = await flatten(store, [await builder.commit()]);
    const after = await changed(base, { 'etc/resolv.conf': { file: '' } });

    const cleaned = await withoutGuestMade(store, { base, after }, spec);

    expect(cleaned.toString()).toBe(base.toString());
  });

  const kept: readonly { what: string; path: string; change: Change }[] = [
    { what: 'a file of names with other text', path: 'etc/hosts', change: { file: 'own\n' } },
    {
      what: 'a file of names with another mode',
      path: 'etc/hosts',
      change: { file: HOSTS, mode: 0o600 },
    },
    { what: 'a mount point that is a file', path: 'proc', change: { file: '' } },
    { what: 'a directory that nothing is mounted at', path: 'run/other', change: 'directory' },
    { what: 'a file below the working directory', path: 'srv/app/x', change: { file: 'x' } },
  ];

  it.each(kept)('keeps $what', async ({ path, change }) => {
    const base = await tree({ etc: 'directory' });
    const after = await changed(base, { [path]: change });

    const cleaned = await withoutGuestMade(store, { base, after }, spec);

    expect(await listing(store, cleaned)).toContainEqual(expect.stringMatching(`^/${path} `));
  });

  it('keeps the time of a directory in which something else changed', async () => {
    const base = await tree({ etc: 'directory' });
    const after = await changed(base, { proc: 'directory', own: { file: 'x' } });

    const cleaned = await withoutGuestMade(store, { base, after }, spec);

    expect((await listing(store, cleaned))[0]).toBe('/ directory 755 9');
  });
});

async function tree(items: Readonly<Record<string, Change>>): Promise<CID> {
  return flatten(store, [await changeSet(items, attributes({ mode: 0o755 }))]);
}

/** Every directory above a change, and what it makes, is as new as overlayfs has it. */
async function changed(base: CID, items: Readonly<Record<string, Change>>): Promise<CID> {
  const made = attributes({ mode: 0o755, mtime: NOW });
  return flatten(store, [base, await changeSet(items, made)]);
}

async function changeSet(
  items: Readonly<Record<string, Change>>,
  directory: Attributes,
): Promise<CID> {
  const builder = new ChangeSetBuilder(store);
  builder.setDirectory(bytes(''), directory);
  for (const [path, change] of Object.entries(items)) {
    const parents = path.split('/').slice(0, -1);
    parents.forEach((_, index) => {
      builder.setDirectory(bytes(parents.slice(0, index + 1).join('/')), directory);
    });
    if (change === 'directory') builder.setDirectory(bytes(path), directory);
    else
      builder.setEntry(
        bytes(path),
        await fileOf(store, change.file, { mode: change.mode ?? 0o644 }),
      );
  }
  return builder.commit();
}
