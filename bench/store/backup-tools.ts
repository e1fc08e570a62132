import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Contestant } from '../contest.js';

/** A backup tool that keeps what it is given in a repository of its own. */
export interface BackupTool {
  readonly name: string;
  /** where it keeps everything */
  readonly repository: string;
  readonly env: Readonly<Record<string, string>>;
  /** makes the repository; empty where adding does so */
  readonly init: readonly string[];
  /** Returns the command that adds a file or directory under a name. */
  add(name: string, path: string): readonly string[];
}

/**
 * Returns restic, borg and casync with their repositories below `home`. With compression each one
 * uses Zstandard at the level that is its own default; without it, none (casync has no such option).
 */
export function backupTools(home: string, options: { readonly compress: boolean }): BackupTool[] {
  const env = {
    HOME: home,
    RESTIC_PASSWORD: 'bench',
    BORG_BASE_DIR: join(home, 'borg-home'),
    BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK: 'yes',
  };
  const restic = join(home, 'restic');
  const borg = join(home, 'borg');
  const casync = join(home, 'casync.castr');
  const level = options.compress ? 'auto' : 'off';
  const filter = options.compress ? 'zstd' : 'none';
  return [
    {
      name: 'restic backup',
      repository: restic,
      env,
      init: ['restic', '-r', restic, 'init'],
      add: (_name, path) => ['restic', '-r', restic, '--compression', level, 'backup', path],
    },
    {
      name: 'borg create',
      repository: borg,
      env,
      init: ['borg', 'init', '-e', 'none', borg],
      add: (name, path) => ['borg', 'create', '-C', filter, `${borg}::${name}`, path],
    },
    {
      name: 'casync make',
      repository: casync,
      env,
      init: [],
      add: (name, path) => {
        const ending = path.endsWith('.bin') ? 'caibx' : 'caidx';
        return ['casync', 'make', `--store=${casync}`, join(home, `${name}.${ending}`), path];
      },
    },
  ];
}

/** Makes the tool's repository. */
export function initialise({ init, env }: BackupTool): void {
  const [command, ...args] = init;
  if (command === undefined) return;
  execFileSync(command, args, { env: { ...process.env, ...env }, stdio: 'ignore' });
}

/** Returns contestants that each add `file` to a new repository below `home`. */
export function addToEach(home: string, file: string): Contestant[] {
  return backupTools(home, { compress: false }).map((tool) => ({
    name: tool.name,
    prepare() {
      emptyDirectory(home);
      initialise(tool);
    },
    command: { argv: tool.add('one', file), env: tool.env },
  }));
}

/** Creates a directory, without what it had. */
export function emptyDirectory(path: string): void {
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path, { recursive: true });
}
