import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runsOf, seed } from '../../support/randomness.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const temporary = useTemporaryDirectory();
const SOURCE = join(import.meta.dirname, '../../../native/krun/linux/parts-disk.c');
const WARNINGS = ['-std=c11', '-D_GNU_SOURCE', '-Wall', '-Wextra', '-Werror'];

describe('the disk of parts of the launcher', () => {
  it('reads the parts wherever a read begins and ends, under AddressSanitizer and UBSan', () => {
    const program = join(temporary(), 'krun-parts-disk');
    execFileSync('gcc', [
      ...[...WARNINGS, '-O1', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'],
      ...['-rdynamic', '-o', program, join(import.meta.dirname, 'krun-parts-disk.c'), SOURCE],
    ]);

    const output = execFileSync(program, [String(seed), String(runsOf(2_000)), temporary()], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });

    expect(output, `seed ${seed}`).toBe('ok\n');
  });
});
