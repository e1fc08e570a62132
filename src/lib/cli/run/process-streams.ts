import { once } from 'node:events';
import { AsyncQueue } from '../../base/async-queue.js';
import type { SandboxIo } from '../../vm/sandbox-spec.js';
import { untilLeft } from './until-left.js';
import { terminalSize, withRawTerminal, type TerminalSize } from '../terminal/terminal.js';

/** How the streams of this process become those of a process in a guest. */
export interface ProcessStreamsOptions {
  readonly hasInput: boolean;
  readonly hasTerminal: boolean;
  /** whether the process can be left to itself, by keys on the terminal */
  readonly canBeLeft?: boolean;
  /** Passes signals on to the receiver until the returned function is called. */
  forwardSignals(receiver: (signal: NodeJS.Signals) => void): () => void;
}

/** Runs `work` with the streams, the signals and the terminal of this process. */
export async function withProcessStreams<T>(
  options: ProcessStreamsOptions,
  work: (io: SandboxIo) => Promise<T>,
): Promise<T> {
  const { hasInput, hasTerminal } = options;
  const signals = new AsyncQueue<NodeJS.Signals>();
  const resizes = new AsyncQueue<TerminalSize>();
  function onResize(): void {
    resizes.push(terminalSize(process.stdout));
  }
  if (hasTerminal) process.stdout.on('resize', onResize);
  const release = options.forwardSignals((signal) => signals.push(signal));
  const io: SandboxIo = {
    ...inputOf(options),
    stdout: (bytes) => write(process.stdout, bytes),
    stderr: (bytes) => write(process.stderr, bytes),
    resizes,
    signals,
  };
  try {
    return await withRawTerminal(hasTerminal && hasInput, () => work(io));
  } finally {
    release();
    process.stdout.off('resize', onResize);
    signals.close();
    resizes.close();
    process.stdin.pause();
  }
}

function inputOf(options: ProcessStreamsOptions): Pick<SandboxIo, 'stdin' | 'left'> {
  const { hasInput, hasTerminal, canBeLeft = false } = options;
  if (!hasInput) return { stdin: undefined };
  const { stdin } = process;
  if (!canBeLeft || !hasTerminal || !stdin.isTTY) return { stdin };
  const leaving = new AbortController();
  const left = once(leaving.signal, 'abort').then(() => undefined);
  function onLeave(): void {
    process.stdout.write('\r\n');
    leaving.abort();
  }
  return { stdin: untilLeft(stdin, onLeave), left };
}

/** Fulfilled when the stream wants more, so that a slow reader slows the guest down. */
function write(stream: NodeJS.WriteStream, bytes: Uint8Array): Promise<void> | void {
  if (stream.write(bytes)) return;
  return new Promise((resolve) => stream.once('drain', resolve));
}
