import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { runsOf, seed } from '../../support/randomness.js';

const NATIVE = join(import.meta.dirname, '../../../native');
const TESTS = join(import.meta.dirname, '../native');

/** What a test in C is built from and how it is run. */
export interface SanitizedOptions {
  /** folders of `native/` in which headers are looked for */
  readonly headers: readonly string[];
  /** C files of `native/` that are tested */
  readonly sources: readonly string[];
  /** how often what is random is tried */
  readonly rounds: number;
  /** where the program is put */
  readonly directory: string;
}

/**
 * Builds `test/vm/native/NAME.c` and what it tests under AddressSanitizer and UBSan, runs it, and
 * returns what it prints.
 */
export function runSanitized(
  name: string,
  { headers, sources, rounds, directory }: SanitizedOptions,
): string {
  const program = join(directory, name);
  execFileSync('gcc', [
    ...['-std=c11', '-D_GNU_SOURCE', '-O1', '-g', '-Wall', '-Wextra', '-Werror'],
    ...['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-o', program],
    ...headers.map((folder) => `-I${join(NATIVE, folder)}`),
    join(TESTS, `${name}.c`),
    ...sources.map((source) => join(NATIVE, source)),
  ]);
  return execFileSync(program, [String(seed), String(runsOf(rounds))], { encoding: 'utf8' });
}
