/*
 * The user's terminal while a guest has it: raw, so that every key (Ctrl-C too) reaches the guest,
 * and as it was before again however the program ends.
 */

/** Size of a terminal in characters. */
export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}

/** Used where a terminal does not tell its size. */
const FALLBACK_SIZE: TerminalSize = { rows: 24, columns: 80 };

/** Returns the size of the terminal on stdout. */
export function terminalSize(stream: NodeJS.WriteStream): TerminalSize {
  const { rows, columns } = stream;
  return rows > 0 && columns > 0 ? { rows, columns } : FALLBACK_SIZE;
}

/**
 * Runs `work`, with the terminal on stdin (if it is one) in raw mode when `isRaw`; it is restored
 * when `work` ends and, as a last resort, when the process exits.
 */
export async function withRawTerminal<T>(isRaw: boolean, work: () => Promise<T>): Promise<T> {
  const { stdin } = process;
  if (!isRaw || !stdin.isTTY) return work();
  function restore(): void {
    stdin.setRawMode(false);
  }
  stdin.setRawMode(true);
  process.once('exit', restore);
  try {
    return await work();
  } finally {
    process.off('exit', restore);
    restore();
  }
}
