import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { allocatedBytes } from '../allocated-bytes.js';
import type { Command } from '../measure.js';
import { workspace } from '../workspace.js';
import { backupTools, initialise } from './backup-tools.js';
import { bundleWorker } from './worker-command.js';

/** How much room each one takes for the same trees, in `MiB`, after one and after both of them. */
export interface StoredSize {
  readonly name: string;
  readonly mib: readonly number[];
}

/** What {@link storedSizes} stores, and where. */
export interface StoredSizeSetting {
  /** serves the trees as images; without it `mono install` does not take part */
  readonly registry: string | undefined;
  /** directory with the trees as tar files, as `bench/images` leaves it */
  readonly trees: string;
  readonly scratch: string;
}

const VERSIONS = ['1.0.0', '1.1.0'] as const;
const MIB = 1024 * 1024;

/**
 * Stores the `dev` trees, 1.0.0 and then 1.1.0, in a store of each compression and with the backup
 * tools (compressed), all from the unpacked trees, and by `mono install`, from the registry. Returns
 * what lies on disk after each.
 */
export function storedSizes(setting: StoredSizeSetting): StoredSize[] {
  const home = join(setting.scratch, 'sizes');
  mkdirSync(home, { recursive: true });
  const trees = VERSIONS.map((version) => unpack(version, setting.trees, home));
  const keepers = [...ownStores(home, trees), ...installed(home, setting), ...peers(home, trees)];
  try {
    return keepers.map(({ name, path, commands }) => {
      const mib = commands.map((command) => {
        run(command);
        return Math.round(allocatedBytes(path) / MIB);
      });
      rmSync(path, { recursive: true, force: true });
      return { name, mib };
    });
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** One who stores the trees, the first tree with the first command. */
interface Keeper {
  readonly name: string;
  readonly path: string;
  readonly commands: readonly Command[];
}

function ownStores(home: string, trees: readonly string[]): Keeper[] {
  const worker = bundleWorker();
  return ['zstd', 'gzip', 'none'].map((compression) => {
    const path = join(home, `store-${compression}`);
    const commands = trees.map((tree) => worker('', ['tree', path, tree, compression]).command);
    return { name: `PackedFsStore, ${compression}`, path, commands };
  });
}

function installed(home: string, { registry }: StoredSizeSetting): Keeper[] {
  if (registry === undefined) return [];
  const own = workspace(home, 'mono');
  own.reset();
  const commands = VERSIONS.map((version) =>
    own.mono('install', `${registry}/library/dev:${version}`),
  );
  return [{ name: 'mono install', path: join(own.home, 'store'), commands }];
}

function peers(home: string, trees: readonly string[]): Keeper[] {
  return backupTools(home, { compress: true }).map((tool) => {
    initialise(tool);
    const commands = trees.map((tree, turn) => ({
      argv: tool.add(`tree-${turn}`, tree),
      env: tool.env,
    }));
    return { name: tool.name, path: tool.repository, commands };
  });
}

function unpack(version: string, trees: string, home: string): string {
  const archive = join(trees, `dev-${version}.tar`);
  if (!existsSync(archive)) throw new Error(`${archive} is missing (bench/images makes it)`);
  const tree = join(home, `tree-${version}`);
  mkdirSync(tree);
  execFileSync('tar', ['-xf', archive, '-C', tree, '--exclude=./dev/*']);
  return tree;
}

function run({ argv, cwd, env }: Command): void {
  execFileSync(argv[0]!, argv.slice(1), { cwd, env: { ...process.env, ...env }, stdio: 'ignore' });
}
