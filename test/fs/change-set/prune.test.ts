import * as fc from '../../support/fast-check.js';
import type { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import type { ByteString } from '../../../src/lib/base/bytes.js';
import { ChangeSetBuilder } from '../../../src/lib/fs/change-set/change-set-builder.js';
import { flatten } from '../../../src/lib/fs/change-set/flatten.js';
import { prune } from '../../../src/lib/fs/change-set/prune.js';
import { squash } from '../../../src/lib/fs/change-set/squash.js';
import type { DirectoryEntry, OverlayDirectoryEntry } from '../../../src/lib/fs/entry.js';
import { readRoot } from '../../../src/lib/fs/node/root-node.js';
import { joinPath, ROOT_PATH } from '../../../src/lib/fs/path.js';
import { readChangeDirectory } from '../../../src/lib/fs/tree/directory.js';
import { lookup } from '../../../src/lib/fs/tree/lookup.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import {
  anySteps,
  changeSetOf,
  flattenIfSound,
  plainSteps,
} from '../support/random-change-sets.js';
import { bytes, fileOf, symlinkTo } from '../support/trees.js';

const store = new MemoryStore();

async function changeSet(edit: (builder: ChangeSetBuilder) => void): Promise<CID> {
  const builder = new ChangeSetBuilder(store);
  edit(builder);
  return builder.commit();
}

/** Returns the paths of all tombstones. */
async function tombstonesOf(change: CID): Promise<ByteString[]> {
  const found: ByteString[] = [];
  const visit = async (
    path: ByteString,
    directory: DirectoryEntry | OverlayDirectoryEntry,
  ): Promise<void> => {
    for (const { name, entry } of await readChangeDirectory(store, directory)) {
      const at = joinPath(path, name);
      if (entry.kind === 'tombstone') found.push(at);
      else if (entry.kind === 'directory' || entry.kind === 'overlayDirectory') {
        await visit(at, entry);
      }
    }
  };
  await visit(ROOT_PATH, (await readRoot(store, change)).directory);
  return found;
}

describe('prune()', () => {
  it('changes nothing of what a change set does to its base', async () => {
    await fc.assert(
      fc.asyncProperty(anySteps, anySteps, async (baseSteps, steps) => {
        const base = await flattenIfSound(store, [await changeSetOf(store, baseSteps)]);
        if (base === undefined) return;
        const change = await changeSetOf(store, steps);
        const expected = await flattenIfSound(store, [base, change]);
        if (expected === undefined) return;

        const pruned = await prune(store, change, base);

        expect((await flatten(store, [base, pruned])).toString()).toBe(expected.toString());
        expect((await prune(store, pruned, base)).toString()).toBe(pruned.toString());
      }),
      { numRuns: 150 },
    );
  });

  it('leaves no tombstone of something that the base does not have', async () => {
    await fc.assert(
      fc.asyncProperty(plainSteps, plainSteps, async (baseSteps, steps) => {
        const base = await flattenIfSound(store, [await changeSetOf(store, baseSteps)]);
        if (base === undefined) return;
        const change = await changeSetOf(store, steps);

        const pruned = await prune(store, change, base);

        for (const path of await tombstonesOf(pruned)) {
          expect(await lookup(store, base, path)).toBeDefined();
        }
      }),
      { numRuns: 100 },
    );
  });

  it('takes out everything that a squash has deleted in vain', async () => {
    const one = await fileOf(store, 'one');
    const base = await flatten(store, [await changeSet((b) => b.setEntry(bytes('kept'), one))]);
    const lower = await changeSet((b) => b.setEntry(bytes('scratch'), one));
    const upper = await changeSet((b) => {
      b.setTombstone(bytes('scratch'));
      b.setTombstone(bytes('deep/er/nothing'));
      b.setOpaque(bytes('nowhere'));
    });

    const pruned = await prune(store, await squash(store, [lower, upper]), base);

    expect(pruned.toString()).toBe((await changeSet(() => undefined)).toString());
  });

  it('keeps what goes through a symbolic link of the base', async () => {
    const one = await fileOf(store, 'one');
    const base = await flatten(store, [
      await changeSet((b) => {
        b.setEntry(bytes('usr/lib/x'), one);
        b.setEntry(bytes('lib'), symlinkTo('usr/lib'));
      }),
    ]);
    const change = await changeSet((b) => b.setTombstone(bytes('lib/x')));

    expect((await prune(store, change, base)).toString()).toBe(change.toString());
  });
});
