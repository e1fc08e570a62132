import type { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { ChangeSetBuilder } from '../../../src/lib/fs/change-set/change-set-builder.js';
import { flatten } from '../../../src/lib/fs/change-set/flatten.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import { rejectionOf } from '../../support/failure.js';
import { CountingStore } from '../support/counting-store.js';
import { attributes, bytes, fileOf, listing, symlinkTo } from '../support/trees.js';

const store = new MemoryStore();
const directory = attributes({ mode: 0o755, mtime: { seconds: 9, nanoseconds: 0 } });

async function changeSet(edit: (builder: ChangeSetBuilder) => void): Promise<CID> {
  const builder = new ChangeSetBuilder(store);
  edit(builder);
  return builder.commit();
}

async function treeOf(...changes: CID[]): Promise<string[]> {
  return listing(store, await flatten(store, changes));
}

describe('flatten()', () => {
  it('gives an empty tree for no change sets at all', async () => {
    expect(await treeOf()).toEqual(['/ directory 755 0']);
  });

  it('gives a complete tree back as it is', async () => {
    const one = await fileOf(store, 'one');
    const tree = await flatten(store, [await changeSet((b) => b.setEntry(bytes('a/b'), one))]);

    expect((await flatten(store, [tree])).toString()).toBe(tree.toString());
    expect((await flatten(store, [tree, tree])).toString()).toBe(tree.toString());
  });

  it('takes a first layer that describes all its directories over without reading it', async () => {
    const one = await fileOf(store, 'one');
    const layer = await changeSet((b) => {
      for (const path of ['', 'a', 'a/b', 'c']) b.setDirectory(bytes(path), directory);
      b.setEntry(bytes('a/b/f'), one);
    });
    const counting = new CountingStore(store);

    await flatten(counting, [layer]);

    expect(counting.reads).toEqual([layer.toString()]);
  });

  it('reads nothing of a tree but what a change is about', async () => {
    const one = await fileOf(store, 'one');
    const big = await changeSet((b) => {
      for (let index = 0; index < 3000; index += 1) {
        b.setDirectory(bytes(`d${index % 50}`), directory);
        b.setEntry(bytes(`d${index % 50}/sub${index % 7}/${index}`), one);
      }
    });
    const tree = await flatten(store, [big]);
    const small = await changeSet((b) => b.setEntry(bytes('d7/sub3/new'), one));
    const counting = new CountingStore(store);

    await flatten(counting, [tree, small]);

    expect(counting.reads.length).toBeLessThan(15);
  });

  it('keeps the attributes of the base for a directory that a layer does not describe', async () => {
    const one = await fileOf(store, 'one');
    const base = await changeSet((b) => b.setDirectory(bytes('d'), directory));
    const layer = await changeSet((b) => b.setEntry(bytes('d/f'), one));

    expect(await treeOf(base, layer)).toContain('/d directory 755 9');
  });

  it('keeps a deletion by a middle layer', async () => {
    const one = await fileOf(store, 'one');
    const base = await changeSet((b) => b.setEntry(bytes('d/f'), one));
    const middle = await changeSet((b) => b.setTombstone(bytes('d/f')));
    const top = await changeSet((b) => b.setEntry(bytes('d/g'), one));

    const paths = (await treeOf(base, middle, top)).map((line) => line.split(' ')[0]);

    expect(paths).toEqual(['/', '/d', '/d/g']);
  });

  it('makes no directory for a whiteout of something that does not exist', async () => {
    const layer = await changeSet((b) => {
      b.setTombstone(bytes('no/such/file'));
      b.setOpaque(bytes('no/such/directory'));
    });

    expect(await treeOf(layer)).toEqual(['/ directory 755 0']);
  });

  it('keeps a file where a layer only whites out something below it', async () => {
    const one = await fileOf(store, 'one');
    const base = await changeSet((b) => b.setEntry(bytes('f'), one));
    const layer = await changeSet((b) => b.setTombstone(bytes('f/x')));

    expect(await treeOf(base, layer)).toEqual(await treeOf(base));
  });

  it('keeps hard links of the base that a layer does not touch', async () => {
    const one = await fileOf(store, 'one');
    const base = await changeSet((b) => {
      b.setEntry(bytes('x/a'), one);
      for (const path of ['b', 'c', 'x/d']) b.setHardLink(bytes(path), bytes('x/a'));
    });
    const layer = await changeSet((b) => {
      b.setTombstone(bytes('x'));
      b.setEntry(bytes('unrelated'), one);
    });

    const lines = await treeOf(base, layer);

    expect(lines.filter((line) => line.includes('=/'))).toEqual([
      expect.stringMatching(/^\/c .*=\/b$/),
    ]);
  });

  it('joins hard links to a file of the base with the names that the base has for it', async () => {
    const one = await fileOf(store, 'one');
    const base = await changeSet((b) => {
      b.setEntry(bytes('a'), one);
      b.setHardLink(bytes('b'), bytes('a'));
      b.setEntry(bytes('lonely'), one);
    });
    const layer = await changeSet((b) => {
      b.setHardLink(bytes('c'), bytes('b'));
      b.setHardLink(bytes('pair'), bytes('lonely'));
    });

    const links = (await treeOf(base, layer)).flatMap(
      (line) => /^(\S+).*=(\S+)$/.exec(line)?.slice(1) ?? [],
    );

    expect(links).toEqual(['/b', '/a', '/c', '/a', '/pair', '/lonely']);
  });

  it('keeps a file alive under the names a layer links to it while deleting the old one', async () => {
    const one = await fileOf(store, 'one');
    const base = await changeSet((b) => b.setEntry(bytes('old'), one));
    const layer = await changeSet((b) => {
      b.setHardLink(bytes('new-1'), bytes('old'));
      b.setHardLink(bytes('new-2'), bytes('old'));
      b.setTombstone(bytes('old'));
    });

    const lines = await treeOf(base, layer);

    expect(lines[2]).toMatch(/^\/new-2 .*=\/new-1$/);
    expect(lines).toHaveLength(3);
  });

  it('links names on both sides of a symbolic link of the base to one file', async () => {
    const one = await fileOf(store, 'one');
    const base = await changeSet((b) => {
      b.setDirectory(bytes('usr/lib'), directory);
      b.setEntry(bytes('lib'), symlinkTo('usr/lib'));
    });
    const layer = await changeSet((b) => {
      b.setEntry(bytes('lib/a'), one);
      b.setHardLink(bytes('etc/b'), bytes('lib/a'));
      b.setHardLink(bytes('lib/deep/c'), bytes('lib/a'));
    });

    const lines = await treeOf(base, layer);

    expect(lines).toContainEqual(expect.stringMatching(/^\/usr\/lib\/a .*=\/etc\/b$/));
    expect(lines).toContainEqual(expect.stringMatching(/^\/usr\/lib\/deep\/c .*=\/etc\/b$/));
  });

  it('links to what the base has, not to what the layer puts there, beyond a symbolic link too', async () => {
    const [one, two] = [await fileOf(store, 'one'), await fileOf(store, 'two')];
    const base = await changeSet((b) => {
      b.setDirectory(bytes('d'), directory);
      b.setEntry(bytes('l'), symlinkTo('d'));
      b.setEntry(bytes('a'), one);
    });
    const layer = await changeSet((b) => {
      b.setHardLink(bytes('l/x'), bytes('a'));
      b.setEntry(bytes('a'), two);
    });

    const lines = await treeOf(base, layer);

    const nameOf = (file: typeof one) => file.content.toString().slice(-6);
    expect(lines).toContain(`/a file:${nameOf(two)} 644 0`);
    expect(lines).toContain(`/d/x file:${nameOf(one)} 644 0`);
  });

  it('keeps apart what later content beyond a symbolic link replaces', async () => {
    const [one, two] = [await fileOf(store, 'one'), await fileOf(store, 'two')];
    const base = await changeSet((b) => {
      b.setDirectory(bytes('d'), directory);
      b.setEntry(bytes('l'), symlinkTo('.'));
      b.setEntry(bytes('m'), symlinkTo('d'));
    });
    const layer = await changeSet((b) => {
      b.setEntry(bytes('a'), one);
      b.setHardLink(bytes('m/x'), bytes('a'));
      b.setHardLink(bytes('m/y'), bytes('a'));
      b.setEntry(bytes('l/a'), two);
    });

    const lines = await treeOf(base, layer);

    expect(lines).toContainEqual(expect.stringMatching(/^\/a file:\w+ 644 0$/));
    expect(lines).toContainEqual(expect.stringMatching(/^\/d\/y .*=\/d\/x$/));
  });

  it('keeps the names of a symbolic link that leads nowhere where nothing takes its place', async () => {
    const base = await changeSet((b) => {
      b.setEntry(bytes('a'), symlinkTo('a'));
      b.setHardLink(bytes('b'), bytes('a'));
    });
    const layer = await changeSet((b) => b.setOpaque(bytes('a')));

    expect(await treeOf(base, layer)).toEqual(await treeOf(base));
    expect(await treeOf(base)).toContainEqual(expect.stringMatching(/^\/b .*=\/a$/));
  });

  it('follows symbolic links of the base that lead through others', async () => {
    const one = await fileOf(store, 'one');
    const base = await changeSet((b) => {
      b.setDirectory(bytes('real/inner'), directory);
      b.setEntry(bytes('first'), symlinkTo('/second'));
      b.setEntry(bytes('second'), symlinkTo('real'));
      b.setEntry(bytes('real/loop'), symlinkTo('../first/inner'));
    });
    const layer = await changeSet((b) => b.setEntry(bytes('first/loop/f'), one));

    expect(await treeOf(base, layer)).toContainEqual(expect.stringMatching(/^\/real\/inner\/f /));
  });

  it('puts a directory in the place of a symbolic link of the base that leads to itself', async () => {
    const one = await fileOf(store, 'one');
    const base = await changeSet((b) => b.setEntry(bytes('loop'), symlinkTo('loop')));
    const layer = await changeSet((b) => b.setEntry(bytes('loop/f'), one));

    expect(await treeOf(base, layer)).toContainEqual(expect.stringMatching(/^\/loop\/f /));
  });

  it('never leaves the root, whatever a symbolic link of the base says', async () => {
    const one = await fileOf(store, 'one');
    const base = await changeSet((b) => b.setEntry(bytes('up'), symlinkTo('../../../..')));
    const layer = await changeSet((b) => b.setEntry(bytes('up/f'), one));

    expect(await treeOf(base, layer)).toContainEqual(expect.stringMatching(/^\/f /));
  });

  it('refuses a hard link to nothing', async () => {
    const layer = await changeSet((b) => b.setHardLink(bytes('a'), bytes('b')));

    const error = await rejectionOf(flatten(store, [layer]));

    expect(error.code).toBe('FS_NOT_FOUND');
    expect(error.message).toContain('/b');
  });

  it('refuses a hard link to what only the layer itself has later', async () => {
    const one = await fileOf(store, 'one');
    const base = await changeSet((b) => b.setEntry(bytes('l'), symlinkTo('.')));
    const layer = await changeSet((b) => {
      b.setHardLink(bytes('l/x'), bytes('a'));
      b.setEntry(bytes('a'), one);
    });

    expect((await rejectionOf(flatten(store, [base, layer]))).code).toBe('FS_NOT_FOUND');
  });

  it('refuses a hard link to a directory of the base', async () => {
    const base = await changeSet((b) => b.setDirectory(bytes('d'), directory));
    const layer = await changeSet((b) => b.setHardLink(bytes('a'), bytes('d')));

    expect((await rejectionOf(flatten(store, [base, layer]))).code).toBe('FS_IS_A_DIRECTORY');
  });
});
