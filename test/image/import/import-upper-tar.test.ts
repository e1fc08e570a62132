import type { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { ChangeSetBuilder } from '../../../src/lib/fs/change-set/change-set-builder.js';
import { flatten } from '../../../src/lib/fs/change-set/flatten.js';
import { lookup } from '../../../src/lib/fs/tree/lookup.js';
import { importUpperTar } from '../../../src/lib/image/import/import-upper-tar.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import { attributes, bytes, fileOf, listing } from '../../fs/support/trees.js';
import { rejectionOf } from '../../support/failure.js';
import { writeTar, type TarItem } from '../../support/tar-writer.js';

const store = new MemoryStore();
const base = await baseTree();
const ROOT: TarItem = { name: '.', type: '5', mode: 0o755 };
const OPAQUE = { 'SCHILY.xattr.trusted.overlay.opaque': 'y' };

describe('importUpperTar()', () => {
  it('deletes, hides and adds as the overlay showed it', async () => {
    const after = await laidOver([
      ROOT,
      { name: './d', type: '5', mode: 0o755 },
      { name: './d/f', type: '3', mode: 0, device: [0, 0] },
      { name: './e', type: '5', mode: 0o700, pax: OPAQUE },
      { name: './e/own', content: 'x', mode: 0o4755 },
      { name: './e/link', type: '1', linkName: './e/own' },
      { name: './null', type: '3', mode: 0o666, device: [1, 3] },
    ]);

    expect((await listing(store, after)).map(withoutContent)).toEqual([
      '/ directory 755',
      '/d directory 755',
      '/d/g file 644',
      '/e directory 700',
      '/e/link file 4755',
      '/e/own file 4755 =/e/link',
      '/null characterDevice 666',
    ]);
    expect((await lookup(store, after, bytes('e')))?.xattrs.size).toBe(0);
  });

  it('takes hard links to one whiteout for deletions, as overlayfs makes them', async () => {
    const after = await laidOver([
      ROOT,
      { name: './d', type: '5', mode: 0o755 },
      { name: './d/f', type: '3', mode: 0, device: [0, 0] },
      { name: './d/g', type: '1', linkName: './d/f' },
    ]);

    expect((await listing(store, after)).map(withoutContent)).toEqual([
      '/ directory 755',
      '/d directory 755',
      '/e directory 644',
      '/e/h file 644',
    ]);
  });

  it('keeps extended attributes', async () => {
    const pax = { 'SCHILY.xattr.user.note': 'kept' };
    const after = await laidOver([ROOT, { name: './n', content: '', pax }]);

    const xattrs = (await lookup(store, after, bytes('n')))?.xattrs ?? new Map();
    expect([...xattrs]).toEqual([['user.note', new TextEncoder().encode('kept')]]);
  });

  const hostile: readonly { what: string; items: readonly TarItem[]; code: string }[] = [
    { what: 'leads out', items: [ROOT, { name: './../x' }], code: 'LAYER_UNSAFE_PATH' },
    { what: 'is absolute', items: [ROOT, { name: '/etc/x' }], code: 'LAYER_UNSAFE_PATH' },
    {
      what: 'links out',
      items: [ROOT, { name: './x', type: '1', linkName: '../../etc/shadow' }],
      code: 'LAYER_UNSAFE_PATH',
    },
    {
      what: 'links to nothing',
      items: [ROOT, { name: './x', type: '1', linkName: './y' }],
      code: 'LAYER_INVALID',
    },
    {
      what: 'writes through a symbolic link',
      items: [ROOT, { name: './x', type: '2', linkName: '/etc' }, { name: './x/passwd' }],
      code: 'LAYER_INVALID',
    },
    {
      what: 'comes twice',
      items: [ROOT, { name: './d', type: '5' }, { name: './d', type: '5' }],
      code: 'LAYER_INVALID',
    },
    { what: 'makes the root a file', items: [{ name: '.' }], code: 'LAYER_INVALID' },
    {
      what: 'has a mark that is not known',
      items: [ROOT, { name: './x', pax: { 'SCHILY.xattr.trusted.overlay.evil': '1' } }],
      code: 'LAYER_INVALID',
    },
    {
      what: 'was renamed from outside',
      items: [
        ROOT,
        { name: './x', type: '5', pax: { 'SCHILY.xattr.trusted.overlay.redirect': '/../x' } },
      ],
      code: 'LAYER_INVALID',
    },
    {
      what: 'promises more than comes',
      items: [{ ...ROOT }, { name: './x', sizeBytes: 1e9 }],
      code: 'LAYER_INVALID',
    },
  ];

  it.each(hostile)('refuses an archive in which an entry $what', async ({ items, code }) => {
    const error = await rejectionOf(laidOver(items));

    expect(error.code).toBe(code);
  });

  it('refuses an archive without end', async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield writeTar([ROOT, { name: './sparse', sizeBytes: 2 ** 32 }], { endBlocks: 0 });
      for (;;) yield await Promise.resolve(new Uint8Array(65_536));
    }

    const error = await rejectionOf(
      importUpperTar(store, endless(), { base, limitBytes: 1 << 20 }),
    );

    expect([error.code, error.message]).toEqual([
      'LAYER_INVALID',
      'Cannot import the archive: it has more than 1048576 bytes',
    ]);
  });
});

async function laidOver(items: readonly TarItem[]): Promise<CID> {
  async function* archive(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(writeTar(items));
  }
  const changes = await importUpperTar(store, archive(), { base });
  return flatten(store, [base, changes]);
}

async function baseTree(): Promise<CID> {
  const builder = new ChangeSetBuilder(store);
  for (const path of ['', 'd', 'e']) builder.setDirectory(bytes(path), attributes());
  for (const path of ['d/f', 'd/g', 'e/h']) {
    builder.setEntry(bytes(path), await fileOf(store, path));
  }
  return flatten(store, [await builder.commit()]);
}

/** A line of a listing without content and time. */
function withoutContent(line: string): string {
  return line.replace(/file:\S+/, 'file').replace(/ (\d+) \d+( =|$)/, ' $1$2');
}
