import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { pushBusybox } from '../../support/busybox-image.js';
import { startDockerRegistry } from '../../support/docker-registry.js';
import { PROGRAM, runMono, writeUserConfig } from '../../support/mono.js';
import { processesOf, type FoundProcess } from '../../support/processes.js';

/** Software emulation on a busy machine, or what is killed and ends only when it has written. */
const PATIENCE_MS = 120_000;
const POLL_MS = 20;

/** All that a user's sandboxes can leave behind. */
export interface Remains {
  readonly processes: readonly FoundProcess[];
  readonly mounts: readonly string[];
  readonly temporaryFiles: readonly string[];
  readonly files: readonly string[];
  readonly rows: number;
}

/** A user of `mono` who has one small image, `busybox`, and nothing else on this machine. */
export class SoakPlace {
  readonly #scratch = mkdtempSync(join(tmpdir(), 'mono-soak-'));
  readonly home = join(this.#scratch, 'home');
  readonly #options = {
    cwd: join(this.#scratch, 'project'),
    home: this.home,
    env: { TMPDIR: join(this.#scratch, 'tmp') },
  };

  /** Installs the image, and runs it once: what the first run caches is no remains. */
  async prepare(): Promise<void> {
    mkdirSync(this.#options.cwd);
    mkdirSync(this.#options.env.TMPDIR);
    const registry = await startDockerRegistry();
    await pushBusybox(registry, 'library/busybox', { tag: '1.35' });
    writeUserConfig(this.home, { 'docker.io': registry.url });
    await this.run('install', 'busybox:1.35');
    await registry.stop();
    await this.run('run', '-v', 'first:/data', 'busybox', 'true');
    await this.run('volume', 'rm', 'first');
  }

  /** Runs `mono`, which must succeed, and returns what it has written to stdout. */
  async run(...args: readonly string[]): Promise<string> {
    const { stdout, stderr, exitCode } = await runMono(args, this.#options);
    if (exitCode === 0) return stdout;
    throw new Error(`mono ${args.join(' ')} ended with ${exitCode}: ${stdout}${stderr}`);
  }

  /** Starts `mono` without waiting for it. */
  start(...args: readonly string[]): { child: ChildProcess; ended: Promise<unknown> } {
    const { cwd, home, env } = this.#options;
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      cwd,
      env: { PATH: process.env['PATH'], HOME: home, MONO_HOME: home, ...env },
      stdio: 'ignore',
    });
    return { child, ended: once(child, 'exit') };
  }

  /** Waits until a process of the sandbox with that name runs, and returns it. */
  async processOf(sandbox: string, program: string): Promise<FoundProcess> {
    for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += POLL_MS) {
      const found = this.#processesOf(sandbox).find(({ name }) => name.startsWith(program));
      if (found) return found;
      await sleep(POLL_MS);
    }
    throw new Error(`${sandbox} has no ${program}`);
  }

  /** Returns what there is when nothing of it ends any more. */
  async remains(): Promise<Remains> {
    for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += POLL_MS) {
      if (processesOf(this.#scratch).length === 0) break;
      await sleep(POLL_MS);
    }
    return {
      processes: processesOf(this.#scratch),
      mounts: readFileSync('/proc/mounts', 'latin1')
        .split('\n')
        .filter((line) => line.includes(this.#scratch)),
      temporaryFiles: readdirSync(this.#options.env.TMPDIR),
      files: filesBelow(this.home),
      rows: countRows(join(this.home, 'sandboxes.db')),
    };
  }

  #processesOf(sandbox: string): FoundProcess[] {
    const link = join(this.home, 'sandboxes/by-name', sandbox);
    return existsSync(link) ? processesOf(realpathSync(link)) : [];
  }

  close(): void {
    rmSync(this.#scratch, { recursive: true, force: true });
  }
}

/** What SQLite keeps beside a database comes and goes with those who have it open. */
function filesBelow(directory: string): string[] {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => !/\.db-(wal|shm)$/.test(name)).sort();
}

function countRows(path: string): number {
  const database = new Database(path, { readonly: true });
  try {
    return database.prepare('SELECT count(*) FROM sandbox').pluck().get() as number;
  } finally {
    database.close();
  }
}
