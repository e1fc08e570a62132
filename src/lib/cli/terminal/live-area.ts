import type { LiveTask } from './live-task.js';
import type { MovingLines, Output } from './output.js';

/** Lines at the bottom of the terminal that are redrawn while work goes on. */
export interface LiveArea extends MovingLines {
  /** Prints a line that stays, above the moving ones. */
  line(text: string): void;
}

/**
 * Runs `work` with a live area on stderr: redrawn by listr2 on a terminal, plain lines elsewhere.
 * The terminal is as before when this returns or throws.
 */
export async function withLiveArea<T>(
  output: Output,
  work: (area: LiveArea) => Promise<T>,
): Promise<T> {
  if (!output.isLive) return work(plainArea(output));
  const area = new RedrawnArea(output);
  output.moving = area;
  try {
    return await work(area);
  } finally {
    output.moving = undefined;
    await area.end();
  }
}

function plainArea(output: Output): LiveArea {
  return { show: ignore, hide: ignore, line: (text) => output.talk(text) };
}

function ignore(): void {
  // Where lines cannot be redrawn, moving ones are left out.
}

/**
 * Starts listr2 when there is something to redraw. It takes its time to load, so the first text is
 * shown without it.
 */
class RedrawnArea implements LiveArea {
  readonly #output: Output;
  readonly #moving = new Map<string, string>();
  readonly #kept: string[] = [];
  #rendering: Promise<LiveTask> | undefined;

  constructor(output: Output) {
    this.#output = output;
  }

  show(key: string, text: string): void {
    this.#moving.set(key, text);
    this.#rendering ??= this.#start(text);
    this.#redraw();
  }

  hide(key: string): void {
    this.#moving.delete(key);
    this.#redraw();
  }

  line(text: string): void {
    if (this.#rendering) this.#kept.push(text);
    else this.#output.talk(text);
  }

  /** Takes the moving lines off the screen and prints those that stay. */
  async end(): Promise<void> {
    const task = await this.#rendering;
    await task?.end();
    for (const text of this.#kept) this.#output.talk(text);
  }

  async #start(text: string): Promise<LiveTask> {
    const endDraft = this.#output.draft(text);
    const { startLiveTask } = await import('./live-task.js').finally(endDraft);
    return startLiveTask(() => [...this.#moving.values()].join('\n') || 'Finishing');
  }

  #redraw(): void {
    void this.#rendering?.then((task) => task.redraw());
  }
}
