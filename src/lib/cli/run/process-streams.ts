import { AsyncQueue } from '../../base/async-queue.js';
import type { SandboxIo } from '../../vm/sandbox-spec.js';
import { terminalSize, withRawTerminal, type TerminalSize } from '../terminal/terminal.js';

/** How the streams of this process become those of a process in a guest. */
export interface ProcessStreamsOptions {
  readonly hasInput: boolean;
  readonly hasTerminal: boolean;
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
    stdin: hasInput ? process.stdin : undefined,
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

/** Fulfilled when the stream wants more, so that a slow reader slows the guest down. */
function write(stream: NodeJS.WriteStream, bytes: Uint8Array): Promise<void> | void {
  if (stream.write(bytes)) return;
  return new Promise((resolve) => stream.once('drain', resolve));
}
