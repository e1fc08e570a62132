/**
 * Random edits on a mount of the kernel's overlayfs: the upper directory that they leave, imported as
 * a change set and laid over the lower one, must be what the mount showed, attribute by attribute.
 * Needs root that may mount: an upper has devices and `trusted` attributes.
 */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import * as fc from '../../support/fast-check.js';
import { describe, expect, it } from 'vitest';
import { flatten } from '../../../src/lib/fs/change-set/flatten.js';
import { readHostTree } from '../../../src/lib/fs/import/read-host-tree.js';
import { importUpper } from '../../../src/lib/fs/upper/import-upper.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import { listDirectory } from '../../support/list-directory.js';
import { listTree } from '../../support/list-tree.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';
import { readUpper } from '../support/read-upper.js';

interface Edit {
  readonly op: keyof typeof EDITS;
  readonly path: string;
  /** a second path, for the edits that take one */
  readonly to: string;
  /** mode, owner or text, for the edits that take one */
  readonly value: number;
}

/** What is done to a path. */
const EDITS = {
  write: (path) => {
    const isFifo = fs.lstatSync(path, { throwIfNoEntry: false })?.isFIFO() ?? false;
    if (!isFifo) fs.writeFileSync(path, `written to ${path.replace(/.*(lower|merged)/, '')}`);
  },
  directory: (path) => fs.mkdirSync(path),
  fifo: (path) => {
    const isFree = fs.lstatSync(path, { throwIfNoEntry: false }) === undefined;
    if (isFree && fs.statSync(dirname(path)).isDirectory()) execFileSync('mkfifo', [path], QUIET);
  },
  remove: (path) => fs.rmSync(path, { recursive: true }),
  renew: (path) => {
    fs.rmSync(path, { recursive: true });
    fs.mkdirSync(path);
  },
  chmod: (path, { value }) => fs.chmodSync(path, value),
  chown: (path, { value }) => fs.lchownSync(path, value, value + 1),
  xattr: (path, { value }) => {
    if (!fs.existsSync(path)) return;
    execFileSync('setfattr', ['-n', 'trusted.note', '-v', String(value), path]);
  },
  rename: (path, { root, to }) => fs.renameSync(path, `${root}/${to}`),
  link: (path, { root, to }) => fs.linkSync(path, `${root}/${to}`),
  symlink: (path, { to }) => fs.symlinkSync(to, path),
} as const satisfies Record<
  string,
  (path: string, more: { root: string; to: string; value: number }) => void
>;

const QUIET = { stdio: 'ignore' } as const;

const anyName = fc.constantFrom('a', 'b', 'c');
const path = fc.array(anyName, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
const ops = Object.keys(EDITS) as (keyof typeof EDITS)[];
const edit: fc.Arbitrary<Edit> = fc.record({
  op: fc.constantFrom(...ops, 'directory', 'directory', 'write', 'rename', 'rename'),
  path,
  to: path,
  value: fc.nat(0o777),
});
const story = fc.record({
  lower: fc.array(edit, { minLength: 20, maxLength: 40 }),
  edits: fc.array(edit, { minLength: 5, maxLength: 25 }),
});

const MOUNTS = [
  'redirect_dir=on,metacopy=on,index=off',
  'redirect_dir=off,metacopy=off,index=off',
] as const;

describe.runIf(canMount())('importUpper()', () => {
  const temporary = useTemporaryDirectory();

  it.each(MOUNTS)('gives what the kernel shows with %s', async (options) => {
    const scratch = fs.mkdtempSync(`${temporary()}/overlay-`);
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', scratch]);
    try {
      const marks = new Set<string>();
      for (const [index, one] of fc.sample(story, { seed: 5, numRuns: 15 }).entries()) {
        const shown = showStory(`${scratch}/${index}`, one, options);
        const store = new MemoryStore();
        const empty = await flatten(store, []);
        const lower = readUpper(store, `${scratch}/${index}/lower`);
        const base = await flatten(store, [await importUpper(store, lower, { base: empty })]);
        for (const mark of marksIn(`${scratch}/${index}/upper`)) marks.add(mark);

        const upper = readHostTree(store, { path: `${scratch}/${index}/upper` });
        const change = await importUpper(store, upper, { base });

        expect(await listTree(store, await flatten(store, [base, change]))).toEqual(shown);
      }
      expect([...marks]).toEqual(
        expect.arrayContaining(
          options.includes('metacopy=on') ? ['metacopy', 'redirect'] : ['opaque'],
        ),
      );
    } finally {
      execFileSync('umount', [scratch]);
    }
  });
});

function canMount(): boolean {
  if (process.getuid?.() !== 0) return false;
  const directory = fs.mkdtempSync(`${tmpdir()}/mono-overlay-`);
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', directory], { stdio: 'pipe' });
    execFileSync('umount', [directory]);
    return true;
  } catch {
    return false;
  } finally {
    fs.rmdirSync(directory);
  }
}

/** Makes a lower directory, edits a mount over it, and returns what the mount shows. */
function showStory(
  directory: string,
  one: { readonly lower: readonly Edit[]; readonly edits: readonly Edit[] },
  options: string,
): ReturnType<typeof listDirectory> {
  const at = (part: string): string => `${directory}/${part}`;
  for (const part of ['lower', 'upper', 'work', 'merged']) {
    fs.mkdirSync(at(part), { recursive: true });
  }
  for (const step of one.lower) apply(at('lower'), step);
  const layers = `lowerdir=${at('lower')},upperdir=${at('upper')},workdir=${at('work')}`;
  execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', `${layers},${options}`, at('merged')]);
  try {
    for (const step of one.edits) apply(at('merged'), step);
    return listDirectory(at('merged'));
  } finally {
    execFileSync('umount', [at('merged')]);
  }
}

/** Does one edit; leaves out what the kernel refuses, such as an entry below a file. */
function apply(root: string, { op, path: at, to, value }: Edit): void {
  try {
    EDITS[op](`${root}/${at}`, { root, to, value });
  } catch (error) {
    const isRefusal = error instanceof Error && 'code' in error && REFUSALS.has(String(error.code));
    if (!isRefusal) throw error;
  }
}

const REFUSALS = new Set([
  ...['ENOENT', 'ENOTDIR', 'EEXIST', 'EISDIR', 'ENOTEMPTY', 'EINVAL', 'EPERM', 'EXDEV', 'ELOOP'],
]);

function marksIn(upper: string): string[] {
  const prefix = 'trusted.overlay.';
  return [...listDirectory(upper).values()].flatMap(({ xattrs }) =>
    xattrs
      .filter((line) => line.startsWith(prefix))
      .map((line) => line.slice(prefix.length).replace(/=.*/, '')),
  );
}
