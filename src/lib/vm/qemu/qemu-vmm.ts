import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Duplex, Readable } from 'node:stream';
import { ConsoleRing } from '../console-ring.js';
import type { Machine, MachineSpec, Vmm } from '../vmm.js';
import { qemuArguments, type QemuPlatform } from './qemu-arguments.js';

/** What {@link createQemuVmm} works with. */
export interface QemuVmmOptions extends QemuPlatform {
  /** path of qemu-system-x86_64 */
  readonly qemu: string;
  /** path of util-linux's setpriv, where the host has it */
  readonly setpriv?: string | undefined;
}

/**
 * Returns a VMM that starts machines with QEMU. QEMU gets no environment, its own session (so that a
 * terminal's Ctrl-C does not reach it) and no new privileges.
 *
 * No machine outlives this process, however that ends: the kernel kills QEMU with its parent where
 * setpriv exists, and the guest restarts, which ends QEMU, when the channel hangs up.
 */
export function createQemuVmm(options: QemuVmmOptions): Vmm {
  return {
    name: 'qemu',
    launch(spec) {
      return new QemuMachine(start(options, spec));
    },
  };
}

function start(options: QemuVmmOptions, spec: MachineSpec): ChildProcess {
  const command = [options.qemu, ...qemuArguments(options, spec)];
  if (options.setpriv !== undefined) {
    command.unshift(options.setpriv, '--pdeathsig', 'KILL', '--no-new-privs');
  }
  const [program = '', ...rest] = command;
  return spawn(program, rest, {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: {},
    cwd: '/',
    detached: true,
  });
}

class QemuMachine implements Machine {
  readonly received: AsyncIterable<Uint8Array>;
  readonly #child: ChildProcess;
  readonly #channel: Duplex;
  readonly #console = new ConsoleRing();
  readonly #ended: Promise<void>;

  constructor(child: ChildProcess) {
    this.#child = child;
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
    this.#child.kill('SIGKILL');
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
