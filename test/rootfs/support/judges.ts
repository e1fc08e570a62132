import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { directorySnapshot } from './directory-snapshot.js';
import { erofsSnapshot } from './erofs-reader.js';
import type { PathFacts, Snapshot } from './snapshot.js';

/** Someone who reads images and is not the writer. */
export interface Judge {
  readonly name: string;
  /** Returns what the judge finds in the image at `path`. */
  read(path: string): Snapshot;
  /** Returns what the judge would find in a tree of `facts`: not everyone looks at everything. */
  expect(facts: Snapshot): Snapshot;
}

/** The judges there are on this machine; the kernel is one where mounting is allowed. */
export const judges: readonly Judge[] = [
  {
    name: 'a reader written from the documentation',
    read: erofsSnapshot,
    expect: (facts) => facts,
  },
  { name: 'fsck.erofs', read: extractWithFsck, expect: withoutWhatFsckLoses },
  ...(kernelMountsErofs()
    ? [{ name: 'the kernel', read: readThroughKernel, expect: (facts: Snapshot) => facts }]
    : []),
];

/** Runs `fsck.erofs` on the image and throws what it complains of. */
export function fsck(path: string, options: readonly string[] = []): void {
  const output = execFileSync('fsck.erofs', [...options, path], { stdio: 'pipe' }).toString();
  if (/<E>|<W>/.test(output)) throw new Error(output);
}

function extractWithFsck(path: string): Snapshot {
  return inDirectory((directory) => {
    const target = join(directory, 'tree');
    fsck(path, [`--extract=${target}`]);
    return withoutWhatFsckLoses(directorySnapshot(target));
  });
}

/**
 * erofs-utils 1.5 extracts no xattrs, makes a file of each hard link, and loses setuid and setgid
 * because it changes the owner after the mode.
 */
function withoutWhatFsckLoses(facts: Snapshot): Snapshot {
  const seen: Record<string, PathFacts> = {};
  for (const [path, fact] of Object.entries(facts)) {
    const mode = Number.parseInt(fact.mode, 8);
    seen[path] = {
      ...fact,
      mode: (fact.kind === 'directory' ? mode : mode & 0o1777).toString(8),
      links: fact.kind === 'directory' ? fact.links : 1,
      sameAs: path,
      xattrs: {},
    };
  }
  return seen;
}

function readThroughKernel(path: string): Snapshot {
  return inDirectory((directory) => {
    execFileSync('mount', ['-t', 'erofs', '-o', 'loop,ro', path, directory], { stdio: 'pipe' });
    try {
      return directorySnapshot(directory);
    } finally {
      execFileSync('umount', [directory]);
    }
  });
}

function kernelMountsErofs(): boolean {
  const known = /\berofs$/m.test(readFileSync('/proc/filesystems', 'utf8'));
  if (!known || process.getuid?.() !== 0) return false;
  return inDirectory((directory) => {
    try {
      execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', directory], { stdio: 'pipe' });
      execFileSync('umount', [directory]);
      execFileSync('losetup', ['--find'], { stdio: 'pipe' });
      return true;
    } catch {
      return false;
    }
  });
}

function inDirectory<T>(use: (directory: string) => T): T {
  const directory = mkdtempSync(join(tmpdir(), 'mono-judge-'));
  try {
    return use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
