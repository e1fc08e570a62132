import * as fc from '../../support/fast-check.js';
import { describe, expect, it } from 'vitest';
import { ChangeSetBuilder } from '../../../src/lib/fs/change-set/change-set-builder.js';
import { flatten } from '../../../src/lib/fs/change-set/flatten.js';
import { walkTree } from '../../../src/lib/fs/tree/walk-tree.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import { failureOf } from '../../support/failure.js';
import { attributes, bytes, fileOf, listing, symlinkTo } from '../support/trees.js';

const directory = attributes({ mode: 0o700 });

async function fixture() {
  const store = new MemoryStore();
  const builder = new ChangeSetBuilder(store);
  const [one, two] = [await fileOf(store, 'one'), await fileOf(store, 'two')];
  const paths = async () => {
    const lines = await listing(store, await flatten(store, [await builder.commit()]));
    return lines.map((line) => line.split(' ')[0]);
  };
  return { store, builder, one, two, paths };
}

describe('ChangeSetBuilder', () => {
  it('gives the same change set whatever the order of independent calls', async () => {
    const { store, one } = await fixture();
    const names = Array.from({ length: 400 }, (_, index) => bytes(`d${index % 3}/f${index}`));
    const reference = new ChangeSetBuilder(store);
    for (const name of names) reference.setEntry(name, one);
    const expected = (await reference.commit()).toString();

    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(names, { minLength: names.length }), async (order) => {
        const builder = new ChangeSetBuilder(store);
        for (const name of order) builder.setEntry(name, one);

        expect((await builder.commit()).toString()).toBe(expected);
      }),
      { numRuns: 10 },
    );
  });

  it('gives the same change set again, and another one after another call', async () => {
    const { builder, one } = await fixture();
    builder.setEntry(bytes('a'), one);

    const first = await builder.commit();
    const again = await builder.commit();
    builder.setTombstone(bytes('b'));
    const other = await builder.commit();

    expect(again.toString()).toBe(first.toString());
    expect(other.toString()).not.toBe(first.toString());
  });

  it('lets the last entry of a path win', async () => {
    const { builder, one, two } = await fixture();
    builder.setEntry(bytes('a'), one);
    builder.setEntry(bytes('a'), two);

    expect(builder.get(bytes('a'))).toEqual(two);
  });

  it('gives back what it was given, attribute by attribute', async () => {
    const { builder, one } = await fixture();
    const full = {
      ...one,
      mode: 0o6755,
      uid: 4_294_967_295,
      gid: 7,
      mtime: { seconds: -5, nanoseconds: 999_999_999 },
      xattrs: new Map([[bytes('security.capability'), Uint8Array.of(1, 0, 255)]]),
    };
    builder.setEntry(bytes('a'), full);

    expect(builder.get(bytes('a'))).toEqual(full);
  });

  it('makes missing parents implicit directories', async () => {
    const { builder, one } = await fixture();
    builder.setEntry(bytes('a/b/c'), one);

    const implicit = { kind: 'directory', attributes: undefined, opaque: false };
    expect(builder.get(bytes('a'))).toEqual(implicit);
    expect(builder.get(bytes(''))).toEqual(implicit);
  });

  it('keeps the children of a directory that is described later', async () => {
    const { builder, one } = await fixture();
    builder.setEntry(bytes('a/b'), one);
    builder.setDirectory(bytes('a'), directory);

    expect(builder.get(bytes('a'))).toEqual({
      kind: 'directory',
      attributes: directory,
      opaque: false,
    });
    expect(builder.get(bytes('a/b'))).toEqual(one);
  });

  it('takes nothing but the attributes for a directory', async () => {
    const { builder, one } = await fixture();
    builder.setDirectory(bytes('a'), one);

    const { mode, uid, gid, mtime, xattrs } = one;
    const own = { mode, uid, gid, mtime, xattrs };
    expect(builder.get(bytes('a'))).toEqual({ kind: 'directory', attributes: own, opaque: false });
  });

  it('replaces a parent that is a file by a directory that hides the base', async () => {
    const { builder, one, two } = await fixture();
    builder.setEntry(bytes('a'), one);
    builder.setEntry(bytes('a/b'), two);

    expect(builder.get(bytes('a'))).toMatchObject({ kind: 'directory', opaque: true });
    expect(builder.get(bytes('a/b'))).toEqual(two);
  });

  it('hides the base below a directory that replaces a file of the same change set', async () => {
    const { builder, one } = await fixture();
    builder.setEntry(bytes('a'), one);
    builder.setDirectory(bytes('a'), directory);

    expect(builder.get(bytes('a'))).toEqual({
      kind: 'directory',
      attributes: directory,
      opaque: true,
    });
  });

  it('keeps what the change set has when its path is whited out', async () => {
    const { builder, one, paths } = await fixture();
    builder.setEntry(bytes('a'), one);
    builder.setEntry(bytes('d/e'), one);
    builder.setTombstone(bytes('a'));
    builder.setTombstone(bytes('d'));
    builder.setOpaque(bytes('d'));

    expect(await paths()).toEqual(['/', '/a', '/d', '/d/e']);
  });

  it('forgets tombstones below a path that is whited out as a whole', async () => {
    const { builder } = await fixture();
    builder.setTombstone(bytes('a/b'));
    builder.setTombstone(bytes('a'));

    expect(builder.get(bytes('a'))).toEqual({ kind: 'tombstone' });
  });

  it('ignores whiteouts below its own files', async () => {
    const { builder, one } = await fixture();
    builder.setEntry(bytes('a'), one);
    builder.setTombstone(bytes('a/b'));
    builder.setOpaque(bytes('a/c'));

    expect(builder.get(bytes('a'))).toEqual(one);
  });

  it('writes through symbolic links of its own, within the root', async () => {
    const { builder, one, paths } = await fixture();
    builder.setEntry(bytes('lib'), symlinkTo('/usr/lib'));
    builder.setEntry(bytes('out'), symlinkTo('../../../etc/./'));
    builder.setEntry(bytes('lib/a'), one);
    builder.setEntry(bytes('out/b'), one);

    expect(await paths()).toEqual([
      '/',
      '/etc',
      '/etc/b',
      '/lib',
      '/out',
      '/usr',
      '/usr/lib',
      '/usr/lib/a',
    ]);
  });

  it('replaces a symbolic link that leads to itself by a directory', async () => {
    const { builder, one, paths } = await fixture();
    builder.setEntry(bytes('a'), symlinkTo('b'));
    builder.setEntry(bytes('b'), symlinkTo('a'));
    builder.setEntry(bytes('a/c'), one);

    expect(await paths()).toEqual(['/', '/a', '/a/c', '/b']);
  });

  it('makes names of one file hard links until one is replaced', async () => {
    const { store, builder, one, two } = await fixture();
    builder.setEntry(bytes('a'), one);
    builder.setHardLink(bytes('b'), bytes('a'));
    builder.setHardLink(bytes('c'), bytes('b'));
    builder.setEntry(bytes('b'), two);

    const root = await flatten(store, [await builder.commit()]);

    const inodes = new Map<string, number>();
    for await (const { path, inode } of walkTree(store, root)) inodes.set(path, inode);
    expect(inodes.get('a')).toBe(inodes.get('c'));
    expect(inodes.get('b')).not.toBe(inodes.get('a'));
  });

  it('leaves a hard link to a file it does not have to the base', async () => {
    const { builder } = await fixture();
    builder.setHardLink(bytes('a'), bytes('usr/b'));

    expect(builder.get(bytes('a'))).toEqual({ kind: 'baseLink', target: 'usr/b' });
  });

  it('refuses a hard link to what it has deleted or hidden', async () => {
    const { builder, one } = await fixture();
    builder.setTombstone(bytes('gone'));
    builder.setOpaque(bytes('hidden'));
    builder.setEntry(bytes('file'), one);

    for (const target of ['gone', 'gone/below', 'hidden/x', 'file/x']) {
      const error = failureOf(() => {
        builder.setHardLink(bytes('a'), bytes(target));
      });
      expect(error.code).toBe('FS_NOT_FOUND');
    }
  });

  it('refuses a hard link to a directory', async () => {
    const { builder } = await fixture();
    builder.setDirectory(bytes('d'), directory);

    for (const target of ['d', '']) {
      const error = failureOf(() => {
        builder.setHardLink(bytes('a'), bytes(target));
      });
      expect(error.code).toBe('FS_IS_A_DIRECTORY');
    }
  });

  it.each(['/a', 'a/', 'a//b', '.', 'a/..', 'a\0', 'x'.repeat(256)])(
    'refuses the path %j',
    async (path) => {
      const { builder, one } = await fixture();

      const calls = [
        () => builder.setEntry(bytes(path), one),
        () => builder.setDirectory(bytes(path), directory),
        () => builder.setHardLink(bytes(path), bytes('a')),
        () => builder.setHardLink(bytes('a'), bytes(path)),
        () => builder.setTombstone(bytes(path)),
        () => builder.setOpaque(bytes(path)),
        () => builder.get(bytes(path)),
      ];

      expect(calls.map((call) => failureOf(call).code)).toEqual(calls.map(() => 'FS_PATH_INVALID'));
    },
  );

  it('refuses to replace or delete the root', async () => {
    const { builder, one } = await fixture();

    expect(failureOf(() => builder.setEntry(bytes(''), one)).code).toBe('FS_IS_A_DIRECTORY');
    expect(failureOf(() => builder.setTombstone(bytes(''))).code).toBe('FS_IS_A_DIRECTORY');
  });

  it('refuses values out of range and names the path', async () => {
    const { builder, one } = await fixture();
    const huge = new Map(
      Array.from({ length: 13 }, (_, index) => [bytes(`user.${index}`), new Uint8Array(65_536)]),
    );

    for (const entry of [
      { ...one, mode: 0o10000 },
      { ...one, uid: -1 },
      { ...one, xattrs: huge },
    ]) {
      const error = failureOf(() => {
        builder.setEntry(bytes('a/b'), entry);
      });
      expect(error.code).toBe('FS_LIMIT');
      expect(error.message).toContain('/a/b');
    }
  });

  it('stores a file with the largest extended attributes that it accepts', async () => {
    const { store, builder, one } = await fixture();
    const xattrs = new Map(
      Array.from({ length: 11 }, (_, index) => [bytes(`user.${index}`), new Uint8Array(65_536)]),
    );
    builder.setEntry(bytes('x'.repeat(255)), { ...one, xattrs });

    const root = await flatten(store, [await builder.commit()]);

    expect(await listing(store, root)).toHaveLength(2);
  });

  it('stores a path that is as deep as a path can be', async () => {
    const { store, builder, one } = await fixture();
    const deepest = bytes(Array.from({ length: 2048 }, () => 'd').join('/'));
    builder.setEntry(deepest, one);
    const layer = new ChangeSetBuilder(store);
    layer.setEntry(bytes(`${deepest.slice(0, -1)}e`), one);

    const root = await flatten(store, [await builder.commit(), await layer.commit()]);

    const paths: string[] = [];
    for await (const { path } of walkTree(store, root)) paths.push(path);
    expect(paths).toHaveLength(2050);
  });

  it('stores directories of 8,000 entries', async () => {
    const { store, builder, one } = await fixture();
    for (let index = 0; index < 8_000; index += 1) builder.setEntry(bytes(`d/${index}`), one);

    const root = await flatten(store, [await builder.commit()]);

    const names: string[] = [];
    for await (const { name } of walkTree(store, root)) names.push(name);
    expect(names).toHaveLength(8_002);
    expect(names.slice(2)).toEqual(names.slice(2).toSorted());
  });
});
