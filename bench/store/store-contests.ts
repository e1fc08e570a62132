import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contest, Contestant } from '../contest.js';
import { execute } from '../measure.js';
import { addToEach, emptyDirectory } from './backup-tools.js';
import { bundleWorker, type WorkerFactory } from './worker-command.js';

/** What the store contests need to know. */
export interface StoreSetting {
  readonly scratch: string;
  /** how much data is put, in `MiB`; the stream is twenty times as long */
  readonly mib: number;
  /** how many blocks of 4 KiB are put, read or collected */
  readonly blocks: number;
  /** names of the contests to hold; all without it */
  readonly only?: readonly string[] | undefined;
}

/** A setting with what the contests run. */
interface Ground extends StoreSetting {
  readonly worker: WorkerFactory;
}

const MIB = 1024 * 1024;
/** One in so many of the small blocks is put where flat stores take part. */
const FLAT_PART = 50;

const contests: Readonly<Record<string, (ground: Ground) => Contest>> = {
  chunk: chunking,
  put: putFile,
  blocks: putSmallBlocks,
  get: getSmallBlocks,
  gc: collect,
  stream: putStream,
};

/**
 * Yields the contests of the store. Each is made when its turn comes, as making one takes time and
 * room, and what it has put on the disk is removed when the next one is asked for.
 */
export function* storeContests(setting: StoreSetting): Generator<() => Contest> {
  const worker = bundleWorker();
  for (const [name, make] of Object.entries(contests)) {
    if (setting.only && !setting.only.includes(name)) continue;
    const scratch = join(setting.scratch, name);
    emptyDirectory(scratch);
    yield () => make({ ...setting, scratch, worker });
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Chunking alone, without storing anything, beside making the bytes alone. */
function chunking({ mib, worker }: Ground): Contest {
  const names = ['aligned-fast-cdc', 'fast-cdc', 'gear-cdc', 'nothing'];
  return {
    title: `cut ${mib} MiB in pieces of 64 KiB`,
    cold: false,
    contestants: names.map((name) => worker(name, ['chunk', name, `${mib}`])),
  };
}

/** From a file of unique data to a store that has it durably. */
function putFile({ scratch, mib, worker }: Ground): Contest {
  const file = uniqueFile(scratch, mib);
  const home = join(scratch, 'home');
  return {
    title: `put ${mib} MiB of unique data`,
    cold: false,
    contestants: [
      afresh(home, worker('PackedFsStore', ['put', join(home, 'store'), file])),
      ...addToEach(home, file),
    ],
  };
}

/** Small blocks, one by one, then durable: a part of them, as a file for each takes so long. */
function putSmallBlocks({ scratch, blocks, worker }: Ground): Contest {
  const count = Math.ceil(blocks / FLAT_PART);
  return {
    title: `put ${count} blocks of 4 KiB`,
    cold: false,
    contestants: ['packed', 'flat', 'memory'].map((kind) =>
      afresh(scratch, worker(kind, ['blocks', kind, join(scratch, 'store'), `${count}`])),
    ),
  };
}

/** Blocks in random order, beside what each costs at least: one look-up, one read, one hash. */
function getSmallBlocks(ground: Ground): Contest {
  const { blocks, worker } = ground;
  const store = filledStore(ground);
  return {
    title: `get ${blocks} blocks of 4 KiB in random order`,
    cold: false,
    contestants: [
      worker('PackedFsStore', ['get', store, `${blocks}`]),
      worker('a look-up, a read and a hash', ['look-up', store, `${blocks}`]),
      worker('the names of the blocks alone', ['names', `${blocks}`]),
    ],
  };
}

/** A collection of which one block in ten is garbage, beside reading the index once. */
function collect(ground: Ground): Contest {
  const { blocks, scratch, worker } = ground;
  const store = join(scratch, 'filled');
  const rootFile = join(scratch, 'root');
  const copy = join(scratch, 'collected');
  fill(worker('', ['linked', store, `${blocks}`, rootFile]));
  return {
    title: `collect ${blocks} blocks, 10 % of them garbage`,
    cold: false,
    contestants: [
      {
        ...worker('gc', ['gc', copy, rootFile]),
        prepare() {
          rmSync(copy, { recursive: true, force: true });
          execFileSync('cp', ['-a', store, copy]);
        },
      },
      worker('read the index once', ['index', store]),
    ],
  };
}

/** A stream that is far longer than the memory; the column of interest is the resident set. */
function putStream({ scratch, mib, worker }: Ground): Contest {
  const stream = 20 * mib;
  return {
    title: `put a stream of ${stream} MiB`,
    cold: false,
    contestants: [
      afresh(scratch, worker('PackedFsStore', ['stream', join(scratch, 'store'), `${stream}`])),
    ],
  };
}

function afresh(home: string, contestant: Contestant): Contestant {
  return { ...contestant, prepare: () => emptyDirectory(home) };
}

function uniqueFile(scratch: string, mib: number): string {
  const file = join(scratch, 'unique.bin');
  writeFileSync(file, '');
  for (let done = 0; done < mib; done++) appendFileSync(file, randomBytes(MIB));
  return file;
}

function filledStore({ scratch, blocks, worker }: Ground): string {
  const store = join(scratch, 'filled');
  fill(worker('', ['blocks', 'packed', store, `${blocks}`]));
  return store;
}

/** Runs a job of the worker outside of any measurement. */
function fill({ command }: Contestant): void {
  execute(command);
}
