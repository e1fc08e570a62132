/**
 * The same layers, once as tars unpacked by `umoci`, once as change sets flattened: the two trees
 * must agree in every path, kind, mode, time, content and hard link. Only where
 * `umoci` leaves a directory with the time of unpacking (directories that no layer describes, and
 * the parents of those) times are not compared.
 */
import { join } from 'node:path';
import * as fc from '../support/fast-check.js';
import type { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import type { ByteString } from '../../src/lib/base/bytes.js';
import { ChangeSetBuilder } from '../../src/lib/fs/change-set/change-set-builder.js';
import type { Attributes } from '../../src/lib/fs/entry.js';
import { flatten } from '../../src/lib/fs/change-set/flatten.js';
import { walkTree } from '../../src/lib/fs/tree/walk-tree.js';
import type { ContentStore } from '../../src/lib/store/ipld-store.js';
import { MemoryStore } from '../../src/lib/store/backends/memory-store.js';
import { useTemporaryDirectory } from '../support/temporary-directory.js';
import { attributes, bytes } from './support/trees.js';
import type { TarStep } from './support/umoci-tree.js';
import { umociListing, UNPACKING_TIME } from './support/umoci-tree.js';

const BASE_TIME = 1_000_000_000;

type Step = TarStep extends infer S ? (S extends unknown ? Omit<S, 'mtime'> : never) : never;

const file = (path: string, content = 1, mode = 0o644): Step => ({
  op: 'file',
  path,
  content,
  mode,
});
const directory = (path: string, mode = 0o755): Step => ({ op: 'directory', path, mode });
const symlink = (path: string, target: string): Step => ({ op: 'symlink', path, target });
const link = (path: string, target: string): Step => ({ op: 'link', path, target });
const tombstone = (path: string): Step => ({ op: 'tombstone', path });
const opaque = (path: string): Step => ({ op: 'opaque', path });

const merged = [directory('usr'), directory('usr/lib'), symlink('lib', 'usr/lib')];

const stacks: readonly { readonly name: string; readonly layers: readonly (readonly Step[])[] }[] =
  [
    {
      name: 'a deletion by a middle layer',
      layers: [
        [directory('etc'), file('etc/a'), file('etc/b')],
        [tombstone('etc/a')],
        [directory('etc', 0o700), file('etc/c')],
      ],
    },
    {
      name: 'an opaque root',
      layers: [
        [file('a'), directory('b'), file('b/c')],
        [opaque(''), file('d')],
      ],
    },
    {
      name: 'a whiteout with the path made anew in the same layer',
      layers: [
        [directory('a'), file('a/old')],
        [tombstone('a'), directory('a', 0o711), file('a/new')],
      ],
    },
    {
      name: 'a directory replaced by a file and back',
      layers: [[directory('a'), file('a/b')], [file('a')], [directory('a', 0o700), file('a/c')]],
    },
    {
      name: 'a parent that a layer does not mention',
      layers: [[directory('a', 0o1777), file('a/b')], [file('a/c', 2)]],
    },
    {
      name: 'paths through a symbolic link of the base',
      layers: [
        [...merged, file('usr/lib/old')],
        [file('lib/new'), tombstone('lib/old')],
      ],
    },
    {
      name: 'paths through a symbolic link of the same layer',
      layers: [[...merged, file('lib/x'), symlink('up', '../../lib/..'), file('up/lib/y')]],
    },
    {
      name: 'a described directory over a symbolic link',
      layers: [merged, [directory('lib'), file('lib/x')]],
    },
    {
      name: 'a hard link to a file of the base, through a symbolic link',
      layers: [
        [...merged, file('usr/lib/a', 1, 0o4755), link('b', 'usr/lib/a')],
        [link('c', 'lib/a'), file('usr/lib/a', 2)],
      ],
    },
    {
      name: 'hard links of a layer that fall apart in the next',
      layers: [[file('a'), link('b', 'a'), link('c', 'b')], [file('b', 2)], [tombstone('a')]],
    },
  ];

describe('flatten()', () => {
  const temporary = useTemporaryDirectory();

  it.each(stacks)('gives what umoci gives for $name', async ({ layers }) => {
    const timed = withTimes(layers);

    const expected = await umociListing(join(temporary(), 'umoci'), timed);

    expect(await flattenedListing(timed, expected)).toEqual(expected);
  });

  it('gives what umoci gives for random stacks of layers', async () => {
    for (const [index, stack] of fc.sample(randomStack, { seed: 11, numRuns: 25 }).entries()) {
      const timed = withTimes(stack);

      const expected = await umociListing(join(temporary(), String(index)), timed);

      expect(await flattenedListing(timed, expected)).toEqual(expected);
    }
  });
});

const DIRECTORIES = ['a', 'b', 'a/x', 'b/x', 'b/x/y'];
const FILES = ['f', 'a/f', 'a/x/f', 'b/f', 'b/x/f', 'b/x/y/f', 'b/x/y/g'];

/** Steps that no unpacker refuses: names that are directories stay directories. */
const randomStack = fc.array(
  fc
    .record({
      deletions: fc.subarray([...DIRECTORIES, ...FILES].map(tombstone), { maxLength: 2 }),
      opaque: fc.subarray(DIRECTORIES.map(opaque), { maxLength: 1 }),
      directories: fc.subarray(DIRECTORIES.map((path) => directory(path, 0o1750))),
      files: fc.subarray(FILES.map((path, index) => file(path, index, 0o640))),
    })
    .map(({ deletions, directories, files, opaque: marks }) => [
      ...deletions,
      ...marks,
      ...directories,
      ...files,
      ...files.slice(0, 2).map(({ path }, index) => link(`link-${index}`, path)),
    ]),
  { minLength: 2, maxLength: 4 },
);

function withTimes(layers: readonly (readonly Step[])[]): TarStep[][] {
  let mtime = BASE_TIME;
  return layers.map((steps) => steps.map((step) => ({ ...step, mtime: mtime++ })));
}

async function flattenedListing(
  layers: readonly (readonly TarStep[])[],
  expected: readonly string[],
): Promise<string[]> {
  const store = new MemoryStore();
  const changes: CID[] = [];
  for (const steps of layers) {
    const builder = new ChangeSetBuilder(store);
    for (const step of steps) await applyStep(store, builder, step);
    changes.push(await builder.commit());
  }
  const lines: string[] = [];
  const first = new Map<number, ByteString>();
  for await (const { path, entry, inode } of walkTree(store, await flatten(store, changes))) {
    const { kind, mode, mtime } = entry;
    if (entry.kind === 'directory') {
      const line = `/${path} directory ${mode}`;
      const anyTime = `${line} ${UNPACKING_TIME}`;
      lines.push(expected.includes(anyTime) ? anyTime : `${line} ${mtime.seconds}`);
      continue;
    }
    const name = first.get(inode) ?? path;
    first.set(inode, name);
    const detail =
      entry.kind === 'symlink'
        ? entry.target
        : entry.kind === 'file'
          ? new TextDecoder().decode(await store.getRawBlock(entry.content))
          : '';
    lines.push(`/${path} ${kind} ${mode} ${mtime.seconds} ${detail} =/${name}`);
  }
  return lines;
}

async function applyStep(
  store: ContentStore,
  builder: ChangeSetBuilder,
  step: TarStep,
): Promise<void> {
  const path = bytes(step.path);
  const described = (mode: number): Attributes =>
    attributes({ mode, mtime: { seconds: step.mtime, nanoseconds: 0 } });
  if (step.op === 'file') {
    const content = new TextEncoder().encode(String(step.content));
    const { cid, sizeBytes } = await store.putBytes([content]);
    builder.setEntry(path, { kind: 'file', ...described(step.mode), content: cid, sizeBytes });
  } else if (step.op === 'symlink') {
    const target = bytes(step.target);
    builder.setEntry(path, { kind: 'symlink', ...described(0o777), target });
  } else if (step.op === 'directory') builder.setDirectory(path, described(step.mode));
  else if (step.op === 'link') builder.setHardLink(path, bytes(step.target));
  else if (step.op === 'tombstone') builder.setTombstone(path);
  else builder.setOpaque(path);
}
