/**
 * Lets tasks of one open store run beside each other, and others only alone: deletion waits for the
 * puts under way, and puts wait for the deletion. It says nothing about other processes.
 */
export class TurnGate {
  readonly #running = new Set<Promise<unknown>>();
  #alone: Promise<unknown> | undefined;

  /** Runs `fn` once nothing runs alone. */
  async together<T>(fn: () => Promise<T>): Promise<T> {
    while (this.#alone) await this.#alone;
    const task = fn();
    const ended = task.then(ignore, ignore);
    this.#running.add(ended);
    try {
      return await task;
    } finally {
      this.#running.delete(ended);
    }
  }

  /** Runs `fn` once nothing else runs, and lets nothing start before it has ended. */
  async alone<T>(fn: () => Promise<T>): Promise<T> {
    while (this.#alone) await this.#alone;
    const task = Promise.all(this.#running).then(fn);
    this.#alone = task.then(ignore, ignore);
    try {
      return await task;
    } finally {
      this.#alone = undefined;
    }
  }
}

function ignore(): undefined {
  return undefined;
}
