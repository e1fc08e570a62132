import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { workspace } from '../workspace.js';

/** How much room each one takes for the same trees, in `MiB`, after one and after both of them. */
export interface StoredSize {
  readonly name: string;
  readonly mib: readonly number[];
}

/**
 * Stores the `dev` trees, 1.0.0 and then 1.1.0, with `mono` (from the registry) and with the backup
 * tools (from the unpacked trees, compressed with zstd), and returns what lies on disk after each.
 */
export function storedSizes(setting: {
  readonly registry: string;
  /** directory with the trees as tar files, as `bench/images` leaves it */
  readonly trees: string;
  readonly scratch: string;
}): StoredSize[] {
  const home = join(setting.scratch, 'sizes');
  mkdirSync(home, { recursive: true });
  const trees = ['1.0.0', '1.1.0'].map((version) => unpack(version, setting.trees, home));
  const own = workspace(home, 'mono');
  own.reset();
  const repository = (name: string) => join(home, name);
  const keepers: readonly Keeper[] = [
    {
      name: 'mono install',
      path: join(own.home, 'store'),
      add: (turn) => own.mono('install', `${setting.registry}/library/dev:1.${turn}.0`).argv,
    },
    {
      name: 'restic backup',
      path: repository('restic'),
      init: ['restic', '-r', repository('restic'), 'init'],
      add: (turn) => ['restic', '-r', repository('restic'), 'backup', trees[turn]!],
    },
    {
      name: 'borg create',
      path: repository('borg'),
      init: ['borg', 'init', '-e', 'none', repository('borg')],
      add: (turn) => [
        'borg',
        'create',
        '-C',
        'zstd',
        `${repository('borg')}::${turn}`,
        trees[turn]!,
      ],
    },
    {
      name: 'casync make',
      path: repository('casync.castr'),
      add: (turn) => [
        ...['casync', 'make', `--store=${repository('casync.castr')}`],
        ...[join(home, `${turn}.caidx`), trees[turn]!],
      ],
    },
  ];
  const env = {
    ...process.env,
    HOME: home,
    MONO_HOME: own.home,
    RESTIC_PASSWORD: 'bench',
    BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK: 'yes',
  };
  const run = (argv: readonly string[]) =>
    execFileSync(argv[0]!, argv.slice(1), { cwd: own.project, env, stdio: 'ignore' });
  return keepers.map(({ name, path, init, add }) => {
    if (init) run(init);
    const mib = [0, 1].map((turn) => {
      run(add(turn));
      return sizeOf(path);
    });
    return { name, mib };
  });
}

interface Keeper {
  readonly name: string;
  readonly path: string;
  readonly init?: readonly string[];
  readonly add: (turn: number) => readonly string[];
}

function unpack(version: string, trees: string, home: string): string {
  const archive = join(trees, `dev-${version}.tar`);
  if (!existsSync(archive)) throw new Error(`${archive} is missing (bench/images makes it)`);
  const tree = join(home, `tree-${version}`);
  rmSync(tree, { recursive: true, force: true });
  mkdirSync(tree);
  execFileSync('tar', ['-xf', archive, '-C', tree, '--exclude=./dev/*']);
  return tree;
}

/** Allocated, not apparent, size: what the disk has less. */
function sizeOf(path: string): number {
  const names = readdirSync(path, { recursive: true }).map(String);
  const blocks = names.reduce((sum, name) => sum + lstatSync(join(path, name)).blocks, 0);
  return Math.round((blocks * 512) / 1024 ** 2);
}
