import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const temporary = useTemporaryDirectory();
const NATIVE = join(import.meta.dirname, '../../../native');

describe('the parsers of the guest program', () => {
  it('stay in bounds and resolve what they should, under AddressSanitizer and UBSan', () => {
    const program = join(temporary(), 'guest-parsers');
    const seed = String(randomInt(2 ** 32));
    const sources = [
      'common/frame.c',
      'guest/identity.c',
      'guest/outbox.c',
      'guest/process-spec.c',
    ].map((name) => join(NATIVE, name));
    execFileSync('gcc', [
      ...['-std=c11', '-D_GNU_SOURCE', '-O1', '-g', '-Wall', '-Wextra', '-Werror'],
      ...['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-o', program],
      ...[`-I${join(NATIVE, 'common')}`, `-I${join(NATIVE, 'guest')}`],
      join(import.meta.dirname, 'guest-parsers.c'),
      ...sources,
    ]);

    const output = execFileSync(program, [seed, '20000'], { encoding: 'utf8' });

    expect(output, `seed ${seed}`).toBe('ok\n');
  });
});
