import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import type { Duplex, Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { MonoError } from '../errors.js';
import { ConsoleRing } from './console-ring.js';
import type { Machine } from './machine.js';
import type { HelperProcess, HostProcess, MachinePlan } from './vmm.js';

/** How often a helper's socket is looked for. */
const HELPER_POLL_MS = 5;
/** Helpers are ready after some milliseconds; this is for a busy host. */
const HELPER_TIMEOUT_MS = 10_000;

/**
 * Starts a machine as children of this process: the helpers, then the VMM. Each has its own session,
 * so that a terminal's Ctrl-C does not reach it. A machine that does not come up ends its channel.
 *
 * @throws {MonoError} `VM_LAUNCH_FAILED` when a helper does not come up
 */
export async function launchMachine(plan: MachinePlan, runtimeDirectory: string): Promise<Machine> {
  const helpers: ChildProcess[] = [];
  try {
    for (const helper of plan.helpers) helpers.push(start(helper, runtimeDirectory));
    await Promise.all(plan.helpers.map(isReady));
    return new ChildMachine(start(plan.vmm, runtimeDirectory), helpers);
  } catch (error) {
    end(helpers);
    throw error;
  }
}

function start(program: HostProcess, runtimeDirectory: string): ChildProcess {
  const child = spawn(program.file, program.args, {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
    env: { ...program.env },
    cwd: runtimeDirectory,
    detached: true,
  });
  const configuration = child.stdio[4] as Writable;
  configuration.on('error', () => undefined);
  configuration.end(program.configuration ?? new Uint8Array(0));
  return child;
}

async function isReady({ file, socket }: HelperProcess): Promise<void> {
  for (let waitedMs = 0; waitedMs < HELPER_TIMEOUT_MS; waitedMs += HELPER_POLL_MS) {
    const exists = await access(socket).then(
      () => true,
      () => false,
    );
    if (exists) return;
    await sleep(HELPER_POLL_MS);
  }
  throw new MonoError('VM_LAUNCH_FAILED', `Cannot start the microVM: \`${file}\` is not ready`, {
    details: { file, socket },
  });
}

function end(children: readonly ChildProcess[]): void {
  for (const child of children) child.kill('SIGKILL');
}

class ChildMachine implements Machine {
  readonly received: AsyncIterable<Uint8Array>;
  readonly #child: ChildProcess;
  readonly #helpers: readonly ChildProcess[];
  readonly #channel: Duplex;
  readonly #console = new ConsoleRing();
  readonly #ended: Promise<void>;

  constructor(child: ChildProcess, helpers: readonly ChildProcess[]) {
    this.#child = child;
    this.#helpers = helpers;
    this.#channel = child.stdio[3] as Duplex;
    // What a dead machine does to the channel is seen as the end of what it sends.
    this.#channel.on('error', () => undefined);
    this.#keep(child.stdout);
    this.#keep(child.stderr);
    this.#ended = new Promise((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', (error) => {
        this.#console.write(Buffer.from(`${error.message}\n`));
        resolve();
      });
    });
    this.received = this.#receive();
  }

  async send(bytes: Uint8Array): Promise<void> {
    if (this.#channel.destroyed || this.#channel.write(bytes)) return;
    await Promise.race([once(this.#channel, 'drain'), this.#ended]);
  }

  diagnosis(): string {
    return this.#console.lastLines();
  }

  async stop(): Promise<void> {
    end([this.#child, ...this.#helpers]);
    await this.#ended;
    this.#channel.destroy();
  }

  /** Waits for the process itself too, so that the console is complete when the channel has ended. */
  async *#receive(): AsyncGenerator<Uint8Array, void> {
    try {
      for await (const piece of this.#channel) yield piece as Uint8Array;
    } catch {
      // The reset of a connection is the same news as its end.
    }
    await this.#ended;
  }

  #keep(stream: Readable | null): void {
    stream?.on('data', (bytes: Uint8Array) => this.#console.write(bytes));
    stream?.on('error', () => undefined);
  }
}
