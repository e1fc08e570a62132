import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { MonoError } from '../../errors.js';

/** The streams that a question is asked on. */
export interface PromptStreams {
  readonly input: NodeJS.ReadStream;
  /** stderr: stdout is for results */
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/** Returns whether somebody is there to answer. */
export function canPrompt({ input, output }: PromptStreams): boolean {
  return input.isTTY && output.isTTY === true;
}

/**
 * Returns the line that a person types after `question`. With `isHidden` nothing of it is shown.
 * Only for a terminal, see {@link canPrompt}.
 *
 * @throws {MonoError} `CANCELLED` when the answer is refused with Ctrl-C or Ctrl-D
 */
export async function prompt(
  question: string,
  streams: PromptStreams,
  { isHidden = false }: { readonly isHidden?: boolean } = {},
): Promise<string> {
  const { input, output } = streams;
  const silent = new Writable({ write: (_piece, _encoding, done) => done() });
  output.write(question);
  const lines = createInterface({ input, output: isHidden ? silent : output, terminal: true });
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('line', resolve);
      lines.once('close', () =>
        reject(new MonoError('CANCELLED', 'The operation was interrupted')),
      );
      lines.once('SIGINT', () => lines.close());
    });
  } finally {
    lines.close();
    if (isHidden) output.write('\n');
  }
}
