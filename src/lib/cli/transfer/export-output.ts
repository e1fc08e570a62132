import { once } from 'node:events';
import { resolve } from 'node:path';
import { MonoError } from '../../errors.js';
import type { ByteSink } from '../../project/transfer/export-tree.js';
import type { Context } from '../context.js';

/**
 * Returns where an export goes: a path, or for `-` standard output.
 *
 * @throws {MonoError} `USAGE_INVALID` when standard output is a terminal, or takes the JSON
 */
export function exportOutput(
  context: Context,
  output: string,
  options: { readonly json: boolean },
): string | ByteSink {
  if (output !== '-') return resolve(context.directory, output);
  if (process.stdout.isTTY || options.json) {
    const state = options.json ? 'that is where the JSON goes' : 'it is a terminal';
    throw new MonoError('USAGE_INVALID', `Cannot write to standard output: ${state}`, {
      hint: 'Name a file with `-o FILE`, or send the output elsewhere.',
    });
  }
  return async (bytes) => {
    for await (const piece of bytes) {
      if (!process.stdout.write(piece)) await once(process.stdout, 'drain');
    }
  };
}
