import { MonoError } from '../../errors.js';

/** Returns whether somebody is there to answer: questions go to stderr, stdout is for results. */
export function canPrompt(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/**
 * Returns what a person answers to `question`; with `isHidden` nothing of it is shown. Only for a
 * terminal, see {@link canPrompt}.
 *
 * @throws {MonoError} `CANCELLED` when the person leaves with Ctrl-C
 */
export async function prompt(
  question: string,
  { isHidden = false }: { readonly isHidden?: boolean } = {},
): Promise<string> {
  const ask = isHidden
    ? (await import('@inquirer/password')).default
    : (await import('@inquirer/input')).default;
  try {
    return await ask({ message: question }, { output: process.stderr, clearPromptOnDone: false });
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ExitPromptError') throw error;
    throw new MonoError('CANCELLED', 'The operation was interrupted');
  }
}
