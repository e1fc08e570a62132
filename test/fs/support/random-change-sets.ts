import * as fc from '../../support/fast-check.js';
import type { CID } from 'multiformats/cid';
import { ChangeSetBuilder } from '../../../src/lib/fs/change-set/change-set-builder.js';
import { flatten } from '../../../src/lib/fs/change-set/flatten.js';
import { isMonoError } from '../../../src/lib/errors.js';
import type { ContentStore } from '../../../src/lib/store/ipld-store.js';
import { attributes, bytes, fileOf, symlinkTo } from './trees.js';

/** One call of a `ChangeSetBuilder`. */
export type ChangeStep =
  | { readonly op: 'file' | 'directory'; readonly path: string; readonly mode: number }
  | { readonly op: 'link' | 'symlink'; readonly path: string; readonly target: string }
  | { readonly op: 'tombstone' | 'opaque'; readonly path: string };

const name = fc.constantFrom('a', 'b', 'c');
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
const mode = fc.constantFrom(0o600, 0o644, 0o4755);
const target = fc.oneof(path, fc.constantFrom('/b', '../a', '../../c/a', '.'));

const plainStep: fc.Arbitrary<ChangeStep> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ op: fc.constant('file'), path, mode }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('directory'), path, mode }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('link'), path, target: path }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('tombstone'), path }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('opaque'), path }) },
);
const symlinkStep: fc.Arbitrary<ChangeStep> = fc.record({
  op: fc.constant('symlink'),
  path,
  target,
});

/** Calls that make no symbolic links. */
export const plainSteps = fc.array(plainStep, { maxLength: 10 });

/** Any calls. */
export const anySteps = fc.array(
  fc.oneof({ weight: 8, arbitrary: plainStep }, { weight: 1, arbitrary: symlinkStep }),
  { maxLength: 8 },
);

/** Stores the change set that `steps` make; steps that a builder refuses are left out. */
export async function changeSetOf(store: ContentStore, steps: readonly ChangeStep[]): Promise<CID> {
  const builder = new ChangeSetBuilder(store);
  for (const step of steps) {
    try {
      await applyStep(store, builder, step);
    } catch (error) {
      if (!isMonoError(error)) throw error;
    }
  }
  return builder.commit();
}

/** Flattens change sets; `undefined` when one of their hard links leads nowhere. */
export async function flattenIfSound(
  store: ContentStore,
  changes: readonly CID[],
): Promise<CID | undefined> {
  return flatten(store, changes).catch((error: unknown) => {
    if (isMonoError(error)) return undefined;
    throw error;
  });
}

async function applyStep(
  store: ContentStore,
  builder: ChangeSetBuilder,
  step: ChangeStep,
): Promise<void> {
  const at = bytes(step.path);
  if (step.op === 'file') {
    builder.setEntry(at, await fileOf(store, `content ${step.mode}`, { mode: step.mode }));
  } else if (step.op === 'directory') builder.setDirectory(at, attributes({ mode: step.mode }));
  else if (step.op === 'symlink') builder.setEntry(at, symlinkTo(step.target));
  else if (step.op === 'link') builder.setHardLink(at, bytes(step.target));
  else if (step.op === 'tombstone') builder.setTombstone(at);
  else builder.setOpaque(at);
}
