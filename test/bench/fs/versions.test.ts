import { expect, it } from 'vitest';
import { filesOf } from '../../../bench/fs/trees.js';
import { makeVersions } from '../../../bench/fs/versions.js';
import { openImageStore } from '../../../src/lib/cli/compose/image-store.js';
import { diffTrees } from '../../../src/lib/fs/diff/diff-trees.js';
import { rootOf } from '../../../src/lib/fs/version/version.js';
import { openKeptVersions } from '../../../src/lib/project/compare/kept-versions.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const directory = useTemporaryDirectory();

it('makeVersions() keeps a base and two sides that have changed ten other files each', async () => {
  const size = { files: 2000, changes: 10 };
  await makeVersions(directory(), size);

  const kept = openKeptVersions(directory());
  const versions = new Map(kept.list().map(({ name, cid }) => [name, cid]));
  kept.close();
  const images = await openImageStore({ directory: directory(), access: 'reading' });
  const base = await rootOf(images.store, versions.get('base')!);
  for (const name of ['ours', 'theirs'] as const) {
    const side = await rootOf(images.store, versions.get(name)!);
    const changed: string[] = [];
    for await (const { kind, path } of diffTrees(images.store, base, side)) {
      if (kind === 'changed') changed.push(path);
    }
    expect(changed.toSorted()).toEqual(
      filesOf(name, size)
        .map(({ path }) => path)
        .toSorted(),
    );
  }
  await images.close();
});
