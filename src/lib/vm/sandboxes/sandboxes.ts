import { randomBytes } from 'node:crypto';
import { closestWord } from '../../base/closest-word.js';
import { redact } from '../../base/redact.js';
import { MonoError } from '../../errors.js';
import { identityOf, isAlive } from './process-identity.js';
import {
  createSandboxFiles,
  readEnding,
  removeSandboxFiles,
  removeSocket,
  writeMainProcess,
} from './sandbox-files.js';
import { sandboxDirectory } from './sandbox-paths.js';
import type { KeptEnding, SandboxDefinition, SandboxRecord } from './sandbox-record.js';
import type { SandboxSpec } from '../sandbox-spec.js';
import { SandboxTable, type StoredSandbox } from './sandbox-table.js';

/** Random bytes of an id. */
const ID_BYTES = 6;
/** The shortest beginning of an id that stands for it. */
const MIN_ID_PREFIX = 4;

/** What a new sandbox is called and is. */
export interface NewSandbox extends Omit<SandboxDefinition, 'spec'> {
  /** names to try, in order */
  readonly names: Iterable<string>;
  /** Returns its machine; what only that needs, such as a disk for writes, goes into `directory`. */
  readonly spec: (directory: string) => Promise<SandboxSpec>;
}

/**
 * The sandboxes of this user. What is returned is repaired first: a sandbox whose monitor is gone,
 * however it went, has stopped.
 */
export class Sandboxes {
  readonly #dataDirectory: string;
  readonly #table: SandboxTable;

  /** @throws {MonoError} `IO_FAILED`, `DISK_FULL`, `STORE_FORMAT_UNSUPPORTED` */
  constructor(dataDirectory: string) {
    this.#dataDirectory = dataDirectory;
    this.#table = new SandboxTable(dataDirectory);
  }

  /** Returns the directory of a sandbox. */
  directoryOf({ id }: Pick<SandboxRecord, 'id'>): string {
    return sandboxDirectory(this.#dataDirectory, id);
  }

  /**
   * Adds a sandbox that this process is about to start. Nobody else can have its name from now on.
   *
   * @throws {MonoError} `SANDBOX_NAME_TAKEN`, `IO_FAILED`, `DISK_FULL`
   */
  async create({ names, spec, ...rest }: NewSandbox): Promise<SandboxRecord> {
    const row = await this.#reserve(names, rest.root);
    try {
      createSandboxFiles(this.#dataDirectory, row);
      const definition = { ...rest, spec: await spec(this.directoryOf(row)) };
      writeMainProcess(this.directoryOf(row), definition.spec.process);
      this.#table.define(row.id, definition);
      return this.#table.find(row.id) ?? gone(row.name);
    } catch (error) {
      await this.remove(row);
      throw error;
    }
  }

  /**
   * Makes a stopped sandbox ready for this process to start.
   *
   * @param rootfs its root filesystem, which may have been made anew
   * @throws {MonoError} `SANDBOX_RUNNING`
   */
  restart(sandbox: SandboxRecord, rootfs: SandboxSpec['rootfs']): SandboxRecord {
    if (!this.#table.restart(sandbox.id, identityOf(process.pid))) throw runs(sandbox);
    const { image, root, stopSignal, timeoutSeconds, removeAtEnd } = sandbox;
    const spec = { ...sandbox.spec, rootfs };
    this.#table.define(sandbox.id, { image, root, spec, stopSignal, timeoutSeconds, removeAtEnd });
    return this.#table.find(sandbox.id) ?? gone(sandbox.name);
  }

  /** Notes that the monitor of a sandbox runs. */
  started({ id }: SandboxRecord, run: { readonly vmm: string; readonly monitorPid: number }): void {
    const monitor = identityOf(run.monitorPid);
    if (monitor) this.#table.start(id, { vmm: run.vmm, monitor, atMs: Date.now() });
  }

  /** Notes how a sandbox has ended; one that is to be forgotten then is. */
  async ended({ id }: SandboxRecord, ending: KeptEnding): Promise<void> {
    const sandbox = this.#table.find(id);
    if (sandbox && sandbox.status !== 'stopped') await this.#stop(sandbox, ending);
  }

  /** Notes what has become of a sandbox whose monitor this process does not hear any more. */
  async left({ id }: SandboxRecord): Promise<void> {
    const sandbox = this.#table.find(id);
    if (sandbox) await this.#repair(sandbox);
  }

  /** Returns all, the oldest first, but for those that are not described yet. */
  async list(): Promise<SandboxRecord[]> {
    return (await this.#all()).filter(({ isDefined }) => isDefined);
  }

  /**
   * Returns the sandbox with that name, id or beginning of an id.
   *
   * @throws {MonoError} `SANDBOX_NOT_FOUND`
   */
  async find(nameOrId: string): Promise<SandboxRecord> {
    const all = this.#table.list();
    const byId = all.filter((it) => it.id.startsWith(nameOrId));
    const match =
      all.find((it) => it.name === nameOrId) ??
      (nameOrId.length >= MIN_ID_PREFIX && byId.length === 1 ? byId[0] : undefined);
    const repaired = match && (await this.#repair(match));
    return repaired?.isDefined ? repaired : notFound(nameOrId, all);
  }

  /** Forgets a sandbox that does not run, with all it has written. Idempotent. */
  async remove(sandbox: Pick<SandboxRecord, 'id' | 'name'>): Promise<void> {
    await removeSandboxFiles(this.#dataDirectory, sandbox);
    this.#table.remove(sandbox.id);
  }

  /** Returns the CIDs of the root directories that sandboxes run from, or may be started from. */
  async rootsInUse(): Promise<string[]> {
    return [...new Set((await this.#all()).map(({ root }) => root))];
  }

  close(): void {
    this.#table.close();
  }

  async #all(): Promise<StoredSandbox[]> {
    const found: StoredSandbox[] = [];
    for (const sandbox of this.#table.list()) {
      const repaired = await this.#repair(sandbox);
      if (repaired) found.push(repaired);
    }
    return found;
  }

  /** Adds a row under the first of the names that is free; it is forgotten if it stays like this. */
  async #reserve(
    names: Iterable<string>,
    root: string,
  ): Promise<{ readonly id: string; readonly name: string }> {
    const id = randomBytes(ID_BYTES).toString('hex');
    const starter = identityOf(process.pid);
    let taken = '';
    for (const name of names) {
      const row = { id, name, createdMs: Date.now() };
      if (this.#table.insert(row, root, starter)) return row;
      if ((await this.#repairNamed(name)) && this.#table.insert(row, root, starter)) return row;
      taken = name;
    }
    throw new MonoError('SANDBOX_NAME_TAKEN', `Cannot name the sandbox \`${taken}\`: one has it`, {
      details: { name: taken },
      hint: `Choose another name, or remove that one: \`mono rm ${taken}\`.`,
    });
  }

  async #repairNamed(name: string): Promise<boolean> {
    const holder = this.#table.list().find((it) => it.name === name);
    return !holder || (await this.#repair(holder)) === undefined;
  }

  /** Returns the sandbox as it is now; undefined when it was to be forgotten at its end. */
  async #repair(sandbox: StoredSandbox): Promise<StoredSandbox | undefined> {
    if (sandbox.status === 'stopped') return sandbox;
    const directory = this.directoryOf(sandbox);
    const ending = sandbox.status === 'running' ? readEnding(directory) : undefined;
    const holder = sandbox.status === 'running' ? sandbox.monitor : sandbox.starter;
    if (!ending && holder && isAlive(holder)) return sandbox;
    // It may have recorded its end and ended since it was looked for.
    await this.#stop(sandbox, ending ?? readEnding(directory) ?? lost());
    return this.#table.find(sandbox.id);
  }

  async #stop(sandbox: StoredSandbox, ending: KeptEnding): Promise<void> {
    if (sandbox.removeAtEnd) {
      await this.remove(sandbox);
      return;
    }
    removeSocket(this.directoryOf(sandbox));
    const { by, value, timedOut, atMs } = ending;
    this.#table.stop(sandbox, { by, value, timedOut, atMs });
  }
}

/** The end of a sandbox whose monitor was killed, or whose host went down. */
function lost(): KeptEnding {
  return { by: 'machine', value: 0, timedOut: false, atMs: Date.now() };
}

function notFound(nameOrId: string, all: readonly SandboxRecord[]): never {
  const near = closestWord(
    nameOrId,
    all.map(({ name }) => name),
  );
  throw new MonoError('SANDBOX_NOT_FOUND', `Cannot find the sandbox \`${redact(nameOrId)}\``, {
    details: { name: redact(nameOrId) },
    hint:
      near === undefined ? 'Run `mono ps -a` to see what there is.' : `Did you mean \`${near}\`?`,
  });
}

function gone(name: string): never {
  throw new MonoError('SANDBOX_NOT_FOUND', `Cannot find the sandbox \`${name}\`: it was removed`, {
    details: { name },
    hint: 'Another `mono` has removed it meanwhile.',
  });
}

function runs({ name }: SandboxRecord): MonoError {
  return new MonoError('SANDBOX_RUNNING', `Cannot start \`${name}\`: it runs`, {
    details: { name },
    hint: `Use \`mono restart ${name}\`, or run something in it: \`mono exec ${name} COMMAND\`.`,
  });
}
