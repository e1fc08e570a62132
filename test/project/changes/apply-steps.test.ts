import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ChangeSetBuilder } from '../../../src/lib/fs/change-set/change-set-builder.js';
import { flatten } from '../../../src/lib/fs/change-set/flatten.js';
import { applyDocument } from '../../../src/lib/project/changes/apply-document.js';
import { applySteps, checkSteps } from '../../../src/lib/project/changes/apply-steps.js';
import { planApply, type ApplyStep } from '../../../src/lib/project/changes/plan-apply.js';
import type { FoundTree } from '../../../src/lib/project/compare/find-tree.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import { attributes, bytes, fileOf, symlinkTo } from '../../fs/support/trees.js';
import { rejectionOf } from '../../support/failure.js';
import { readSchema, schemaFaults } from '../../support/json-schema.js';

const store = new MemoryStore();
const BASE = { 'app/kept': 'k', 'app/old/a': 'a', 'app/old/b': 'b', 'app/file': '1', other: 'o' };
let scratch = '';
let directory = '';

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'mono-apply-'));
  directory = join(scratch, 'to');
  mkdirSync(join(directory, 'old'), { recursive: true });
  writeFileSync(join(directory, 'old/a'), 'a');
  writeFileSync(join(directory, 'file'), '1');
});
afterEach(() => {
  rmSync(scratch, { recursive: true });
});

describe('planApply() and applySteps()', () => {
  it('write and delete below the path what the sandbox has', async () => {
    const steps = await plan({ 'app/kept': 'k', 'app/file': '2', 'app/new/x': 'x', 'app/l': '>x' });

    await applySteps(store, steps, { directory });

    expect(readdirSync(directory).sort()).toEqual(['file', 'l', 'new']);
    expect(readFileSync(join(directory, 'file'), 'latin1')).toBe('2');
    expect(readFileSync(join(directory, 'new/x'), 'latin1')).toBe('x');
    expect(readlinkSync(join(directory, 'l'))).toBe('x');
    const document = applyDocument(steps, { directory, isDone: true });
    expect(schemaFaults(document, readSchema('apply.json'))).toEqual([]);
  });

  it('keep what the sandbox did not know in a directory that it deleted', async () => {
    writeFileSync(join(directory, 'old/own'), 'own');

    await applySteps(store, await plan({}), { directory });

    expect(readdirSync(join(directory, 'old'))).toEqual(['own']);
  });

  it('replace a link instead of writing through it', async () => {
    writeFileSync(join(scratch, 'victim'), 'safe');
    rmSync(join(directory, 'file'));
    symlinkSync('../victim', join(directory, 'file'));

    await applySteps(store, await plan({ ...BASE, 'app/file': '2' }), { directory });

    expect(readFileSync(join(scratch, 'victim'), 'latin1')).toBe('safe');
    expect(lstatSync(join(directory, 'file')).isFile()).toBe(true);
  });

  it('refuse a link on the way, before anything is done', async () => {
    mkdirSync(join(scratch, 'outside'));
    symlinkSync('../outside', join(directory, 'new'));
    const steps = await plan({ ...BASE, 'app/file': '2', 'app/new/x': 'x' });

    const checked = await rejectionOf(checkSteps(steps, { directory }));
    const applied = await rejectionOf(applySteps(store, steps, { directory }));

    expect([checked.code, applied.code]).toEqual(['APPLY_REFUSED', 'APPLY_REFUSED']);
    expect(readFileSync(join(directory, 'file'), 'latin1')).toBe('1');
    expect(existsSync(join(scratch, 'outside/x'))).toBe(false);
  });

  it('refuse a deletion through a link', async () => {
    mkdirSync(join(scratch, 'outside'));
    writeFileSync(join(scratch, 'outside/a'), 'safe');
    rmSync(join(directory, 'old'), { recursive: true });
    symlinkSync('../outside', join(directory, 'old'));

    const error = await rejectionOf(
      applySteps(store, await plan({ ...BASE, 'app/old/a': undefined }), { directory }),
    );

    expect(error.code).toBe('APPLY_REFUSED');
    expect(readFileSync(join(scratch, 'outside/a'), 'latin1')).toBe('safe');
  });

  it('refuse a path that is not absolute', async () => {
    const error = await rejectionOf(plan(BASE, '../app'));

    expect(error.code).toBe('USAGE_INVALID');
  });
});

type Files = Readonly<Record<string, string | undefined>>;

async function plan(now: Files, path = '/app'): Promise<ApplyStep[]> {
  return planApply(store, { base: await tree(BASE), after: await tree(now) }, path);
}

/** Files by path; text that begins with `>` is the target of a link. */
async function tree(files: Files): Promise<FoundTree> {
  const builder = new ChangeSetBuilder(store);
  for (const path of ['', 'app']) builder.setDirectory(bytes(path), attributes({ mode: 0o755 }));
  for (const [path, text] of Object.entries(files)) {
    if (text === undefined) continue;
    const entry = text.startsWith('>') ? symlinkTo(text.slice(1)) : await fileOf(store, text);
    builder.setEntry(bytes(path), entry);
  }
  const root = await flatten(store, [await builder.commit()]);
  return { target: 't', root, version: undefined, source: undefined };
}
