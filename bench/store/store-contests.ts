import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contest, Contestant } from '../contest.js';

/** What the store contests need to know. */
export interface StoreSetting {
  readonly scratch: string;
  /** how much data is put, in `MiB` */
  readonly mib: number;
  /** how many blocks of 4 KiB are put, read or collected */
  readonly blocks: number;
}

const WORKER = join(import.meta.dirname, 'store-worker.ts');

/** Yields the contests of the store; each is made when its turn comes, as making one takes time. */
export function* storeContests(setting: StoreSetting): Generator<() => Contest> {
  yield () => chunking(setting);
  yield () => putFile(setting);
  yield () => putSmallBlocks(setting);
  yield () => getSmallBlocks(setting);
  yield () => collect(setting);
  yield () => putStream(setting);
}

/** Chunking alone, without storing anything; the worker takes nothing but CPU. */
function chunking(setting: StoreSetting): Contest {
  return {
    title: `cut ${setting.mib} MiB in pieces of 64 KiB`,
    cold: false,
    contestants: ['aligned-fast-cdc', 'fast-cdc', 'gear-cdc', 'nothing'].map((name) =>
      worker(name, ['chunk', name, `${setting.mib}`]),
    ),
  };
}

/** From a file of unique data to a store that has it durably. */
function putFile(setting: StoreSetting): Contest {
  const file = uniqueFile(setting);
  const home = join(setting.scratch, 'put');
  return {
    title: `put ${setting.mib} MiB of unique data`,
    cold: false,
    contestants: [
      afresh(home, worker('PackedFsStore', ['put', join(home, 'store'), file])),
      ...peers(home, file),
    ],
  };
}

/** Many small blocks, one by one, then durable. */
function putSmallBlocks(setting: StoreSetting): Contest {
  const home = join(setting.scratch, 'small');
  return {
    title: `put ${setting.blocks} blocks of 4 KiB`,
    cold: false,
    contestants: ['packed', 'flat', 'memory'].map((kind) =>
      afresh(home, worker(kind, ['blocks', kind, join(home, 'store'), `${setting.blocks}`])),
    ),
  };
}

/** Blocks in random order out of a store that has them, beside the start of the worker alone. */
function getSmallBlocks(setting: StoreSetting): Contest {
  const store = filledStore(setting);
  return {
    title: `get ${setting.blocks} blocks of 4 KiB in random order`,
    cold: false,
    contestants: [
      worker('PackedFsStore', ['get', store, `${setting.blocks}`]),
      worker('open and close', ['get', store, '0']),
    ],
  };
}

/** A collection of which one block in ten is garbage, beside reading the index once. */
function collect(setting: StoreSetting): Contest {
  const store = filledStore(setting);
  const copy = join(setting.scratch, 'collected');
  return {
    title: `collect ${setting.blocks} blocks, 10 % of them garbage`,
    cold: false,
    contestants: [
      {
        ...worker('gc', ['gc', copy, `${setting.blocks}`]),
        prepare() {
          rmSync(copy, { recursive: true, force: true });
          execFileSync('cp', ['-a', store, copy]);
        },
      },
      worker('read the index', ['index', store]),
    ],
  };
}

/** A stream that is far longer than the memory; the column of interest is the resident set. */
function putStream(setting: StoreSetting): Contest {
  const home = join(setting.scratch, 'stream');
  const mib = 20 * setting.mib;
  return {
    title: `put a stream of ${mib} MiB`,
    cold: false,
    contestants: [afresh(home, worker('PackedFsStore', ['stream', join(home, 'store'), `${mib}`]))],
  };
}

/** Returns a contestant that runs a job of the worker in a process of its own. */
function worker(name: string, job: readonly string[]): Contestant {
  return { name, command: { argv: [process.execPath, '--import', 'tsx', WORKER, ...job], cwd } };
}

const cwd = join(import.meta.dirname, '../..');

/** The backup tools, each into a new repository, without compression as far as they can. */
function peers(home: string, file: string): Contestant[] {
  const env = {
    HOME: home,
    RESTIC_PASSWORD: 'bench',
    BORG_BASE_DIR: join(home, 'borg-home'),
    BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK: 'yes',
  };
  const repository = join(home, 'repository');
  function after(name: string, init: readonly string[], argv: readonly string[]): Contestant {
    return {
      name,
      prepare() {
        reset(home);
        if (init[0]) {
          const options = { env: { ...process.env, ...env }, stdio: 'ignore' } as const;
          execFileSync(init[0], init.slice(1), options);
        }
      },
      command: { argv, env },
    };
  }
  return [
    after(
      'restic backup',
      ['restic', '-r', repository, 'init'],
      ['restic', '-r', repository, '--compression', 'off', 'backup', file],
    ),
    after(
      'borg create',
      ['borg', 'init', '-e', 'none', repository],
      ['borg', 'create', '-C', 'none', `${repository}::one`, file],
    ),
    after(
      'casync make',
      [],
      ['casync', 'make', `--store=${repository}.castr`, join(home, 'one.caibx'), file],
    ),
  ];
}

function afresh(home: string, contestant: Contestant): Contestant {
  return { ...contestant, prepare: () => reset(home) };
}

function reset(home: string): void {
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
}

function uniqueFile({ scratch, mib }: StoreSetting): string {
  const file = join(scratch, 'unique.bin');
  writeFileSync(file, '');
  for (let done = 0; done < mib; done++) appendFileSync(file, randomBytes(1024 * 1024));
  return file;
}

function filledStore({ scratch, blocks }: StoreSetting): string {
  const store = join(scratch, 'filled');
  const { argv } = worker('', ['blocks', 'packed', store, `${blocks}`]).command;
  execFileSync(argv[0]!, argv.slice(1), { cwd, stdio: 'ignore' });
  return store;
}
