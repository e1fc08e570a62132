import * as fc from '../../support/fast-check.js';
import type { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { isMonoError } from '../../../src/lib/errors.js';
import { ChangeSetBuilder } from '../../../src/lib/fs/change-set/change-set-builder.js';
import { flatten } from '../../../src/lib/fs/change-set/flatten.js';
import { squash } from '../../../src/lib/fs/change-set/squash.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import { rejectionOf } from '../../support/failure.js';
import { anySteps, changeSetOf, plainSteps } from '../support/random-change-sets.js';
import { attributes, bytes, fileOf, listing, symlinkTo } from '../support/trees.js';

const store = new MemoryStore();
const described = attributes({ mode: 0o750 });

async function changeSet(edit: (builder: ChangeSetBuilder) => void): Promise<CID> {
  const builder = new ChangeSetBuilder(store);
  edit(builder);
  return builder.commit();
}

/** Returns what `action` gives, or the code of the `MonoError` that it rejects with. */
async function outcomeOf(action: Promise<CID>): Promise<CID | string> {
  return action.catch((error: unknown) => {
    if (isMonoError(error)) return error.code;
    throw error;
  });
}

describe('squash()', () => {
  it('does to any base what the change sets do one after the other', async () => {
    let compared = 0;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(
        plainSteps,
        fc.array(anySteps, { minLength: 1, maxLength: 4 }),
        async (baseSteps, stack) => {
          const base = await changeSetOf(store, baseSteps);
          const changes = await Promise.all(stack.map((steps) => changeSetOf(store, steps)));
          const expected = await outcomeOf(flatten(store, [base, ...changes]));
          if (typeof expected === 'string') return;
          const squashed = await outcomeOf(squash(store, changes));
          if (squashed === 'FS_BASE_NEEDED') {
            refused += 1;
            return;
          }
          expect(squashed).not.toBeTypeOf('string');

          const actual = await flatten(store, [base, squashed as CID]);

          expect(await listing(store, actual)).toEqual(await listing(store, expected));
          expect(actual.toString()).toBe(expected.toString());
          compared += 1;
        },
      ),
      { numRuns: 400 },
    );
    expect(compared).toBeGreaterThan(refused * 4);
  });

  it('does to a base that it knows what the change sets do, or refuses', async () => {
    let compared = 0;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(
        anySteps,
        fc.array(anySteps, { minLength: 2, maxLength: 4 }),
        async (baseSteps, stack) => {
          const base = await outcomeOf(flatten(store, [await changeSetOf(store, baseSteps)]));
          const changes = await Promise.all(stack.map((steps) => changeSetOf(store, steps)));
          if (typeof base === 'string') return;
          const expected = await outcomeOf(flatten(store, [base, ...changes]));
          if (typeof expected === 'string') return;

          const squashed = await outcomeOf(squash(store, changes, { base }));

          if (typeof squashed === 'string') refused += 1;
          else {
            compared += 1;
            expect((await flatten(store, [base, squashed])).toString()).toBe(expected.toString());
          }
        },
      ),
      { numRuns: 200 },
    );
    expect(compared).toBeGreaterThan(refused);
  });

  it('refuses for a base whose symbolic links the change sets lead through', async () => {
    const file = await fileOf(store, 'content');
    const base = await flatten(store, [
      await changeSet((b) => {
        b.setDirectory(bytes('real'), described);
        b.setEntry(bytes('link'), symlinkTo('real'));
      }),
    ]);
    const changes = [
      await changeSet((b) => b.setEntry(bytes('link/f'), file)),
      await changeSet((b) => b.setTombstone(bytes('real/f'))),
    ];

    const failure = await rejectionOf(squash(store, changes, { base }));

    expect(failure).toMatchObject({ code: 'FS_BASE_NEEDED', details: { base: base.toString() } });
    expect(await squash(store, changes)).toBeDefined();
  });

  it('gives the empty change set for none, and a change set back as it is', async () => {
    const empty = await squash(store, []);
    const one = await changeSetOf(store, [{ op: 'tombstone', path: 'a/b' }]);

    expect(empty.toString()).toBe((await changeSet(() => undefined)).toString());
    expect((await squash(store, [one])).toString()).toBe(one.toString());
    expect((await squash(store, [empty, one, empty])).toString()).toBe(one.toString());
  });

  it('gives a tree for change sets over a tree', async () => {
    const one = await fileOf(store, 'one');
    const tree = await flatten(store, [await changeSet((b) => b.setEntry(bytes('a/b'), one))]);
    const change = await changeSet((b) => b.setTombstone(bytes('a/b')));

    const squashed = await squash(store, [tree, change]);

    expect((await flatten(store, [squashed])).toString()).toBe(
      (await flatten(store, [tree, change])).toString(),
    );
  });

  it('keeps a deletion by a lower change set when a higher one makes the directory anew', async () => {
    const one = await fileOf(store, 'one');
    const base = await changeSet((b) => b.setEntry(bytes('d/old'), one));
    const lower = await changeSet((b) => b.setTombstone(bytes('d')));
    const upper = await changeSet((b) => {
      b.setDirectory(bytes('d'), described);
      b.setEntry(bytes('d/new'), one);
    });

    const lines = await listing(
      store,
      await flatten(store, [base, await squash(store, [lower, upper])]),
    );

    expect(lines.map((line) => line.split(' ')[0])).toEqual(['/', '/d', '/d/new']);
  });

  it('follows a symbolic link of a lower change set', async () => {
    const one = await fileOf(store, 'one');
    const lower = await changeSet((b) => {
      b.setDirectory(bytes('usr/lib'), described);
      b.setEntry(bytes('lib'), symlinkTo('usr/lib'));
    });
    const upper = await changeSet((b) => b.setEntry(bytes('lib/x'), one));

    const squashed = await squash(store, [lower, upper]);

    expect(await listing(store, await flatten(store, [squashed]))).toContainEqual(
      expect.stringMatching(/^\/usr\/lib\/x file/),
    );
  });

  it('joins hard links to a file of a lower change set with its names there', async () => {
    const one = await fileOf(store, 'one');
    const lower = await changeSet((b) => b.setEntry(bytes('a'), one));
    const upper = await changeSet((b) => {
      b.setHardLink(bytes('b'), bytes('a'));
      b.setHardLink(bytes('c'), bytes('of-the-base'));
    });
    const base = await changeSet((b) => b.setEntry(bytes('of-the-base'), one));

    const squashed = await squash(store, [lower, upper]);

    const lines = await listing(store, await flatten(store, [base, squashed]));
    expect(lines).toContainEqual(expect.stringMatching(/^\/b .*=\/a$/));
    expect(lines).toContainEqual(expect.stringMatching(/^\/of-the-base .*=\/c$/));
  });

  it('refuses to empty a directory that only exists where the base has it', async () => {
    const one = await fileOf(store, 'one');
    const lower = await changeSet((b) => b.setEntry(bytes('d/f'), one));
    const upper = await changeSet((b) => b.setTombstone(bytes('d/f')));

    const error = await rejectionOf(squash(store, [lower, upper]));

    expect(error).toMatchObject({ code: 'FS_BASE_NEEDED', details: { path: 'd' } });
  });

  it('refuses paths through a hard link that may be a symbolic link of the base', async () => {
    const one = await fileOf(store, 'one');
    const lower = await changeSet((b) => b.setHardLink(bytes('d'), bytes('of-the-base')));
    const upper = await changeSet((b) => b.setEntry(bytes('d/f'), one));

    const error = await rejectionOf(squash(store, [lower, upper]));

    expect(error).toMatchObject({ code: 'FS_BASE_NEEDED', details: { path: 'd' } });
  });

  it('refuses a hard link to what a lower change set deletes', async () => {
    const lower = await changeSet((b) => b.setTombstone(bytes('a')));
    const upper = await changeSet((b) => b.setHardLink(bytes('b'), bytes('a')));

    expect((await rejectionOf(squash(store, [lower, upper]))).code).toBe('FS_NOT_FOUND');
  });
});
