/**
 * Random stacks of random layers: what `flatten` makes of their change sets must be what unpacking
 * the same steps, one by one, into one mutable filesystem leaves behind.
 */
import * as fc from '../support/fast-check.js';
import type { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { ChangeSetBuilder } from '../../src/lib/fs/change-set/change-set-builder.js';
import { flatten } from '../../src/lib/fs/change-set/flatten.js';
import { walkTree } from '../../src/lib/fs/tree/walk-tree.js';
import type { ContentStore } from '../../src/lib/store/ipld-store.js';
import { MemoryStore } from '../../src/lib/store/backends/memory-store.js';
import type { LayerStep } from './support/model-fs.js';
import { ModelFs, modelAttributes } from './support/model-fs.js';
import { bytes } from './support/trees.js';

const CONTENTS = [0, 1, 2];

const name = fc.constantFrom('a', 'b', 'c');
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
const mode = fc.constantFrom(0o600, 0o644, 0o4755);
const step: fc.Arbitrary<LayerStep> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constant('file'),
      path,
      content: fc.constantFrom(...CONTENTS),
      mode,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant('directory'),
      path: fc.oneof(path, fc.constant('')),
      mode,
    }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('link'), path, target: path }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('tombstone'), path }) },
  {
    weight: 2,
    arbitrary: fc.record({ op: fc.constant('opaque'), path: fc.oneof(path, fc.constant('')) }),
  },
);
const layers = fc.array(fc.array(step, { maxLength: 8 }), { minLength: 1, maxLength: 4 });

describe('flatten()', () => {
  it('leaves what unpacking the same layers one by one leaves', async () => {
    await fc.assert(
      fc.asyncProperty(layers, async (stack) => {
        const store = new MemoryStore();
        const { expected, changes } = await build(store, stack);

        const root = await flatten(store, changes);

        expect(await list(store, root)).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('gives the same root whether done at once or layer by layer', async () => {
    await fc.assert(
      fc.asyncProperty(layers, async (stack) => {
        const store = new MemoryStore();
        const { changes } = await build(store, stack);

        const atOnce = await flatten(store, changes);
        let byLayer: CID | undefined;
        for (const change of changes) {
          byLayer = await flatten(store, byLayer ? [byLayer, change] : [change]);
        }

        expect(byLayer?.toString()).toBe(atOnce.toString());
      }),
      { numRuns: 200 },
    );
  });
});

async function build(
  store: ContentStore,
  stack: readonly (readonly LayerStep[])[],
): Promise<{ expected: string[]; changes: CID[] }> {
  const model = new ModelFs();
  const contents = await Promise.all(
    CONTENTS.map((content) => store.putBytes([Uint8Array.of(content)])),
  );
  const changes: CID[] = [];
  for (const steps of stack) {
    model.beginLayer();
    const builder = new ChangeSetBuilder(store);
    for (const one of steps.filter((candidate) => model.apply(candidate))) {
      if (one.op === 'file') {
        const { cid, sizeBytes } = contents[one.content]!;
        const entry = {
          kind: 'file',
          ...modelAttributes(one.mode),
          sizeBytes,
          content: cid,
        } as const;
        builder.setEntry(bytes(one.path), entry);
      } else applyStep(builder, one);
    }
    changes.push(await builder.commit());
  }
  return { expected: model.list(), changes };
}

function applyStep(builder: ChangeSetBuilder, one: Exclude<LayerStep, { op: 'file' }>): void {
  if (one.op === 'directory') builder.setDirectory(bytes(one.path), modelAttributes(one.mode));
  if (one.op === 'link') builder.setHardLink(bytes(one.path), bytes(one.target));
  if (one.op === 'tombstone') builder.setTombstone(bytes(one.path));
  if (one.op === 'opaque') builder.setOpaque(bytes(one.path));
}

async function list(store: ContentStore, root: CID): Promise<string[]> {
  const lines: string[] = [];
  const first = new Map<number, string>();
  for await (const { path: at, entry, inode } of walkTree(store, root)) {
    if (entry.kind === 'file') {
      const firstName = first.get(inode) ?? at;
      first.set(inode, firstName);
      const [content] = await store.getRawBlock(entry.content);
      lines.push(`${at} file ${content ?? -1} ${entry.mode} ${firstName}`);
    } else lines.push(`${at} ${entry.kind} ${entry.mode}`);
  }
  return lines;
}
