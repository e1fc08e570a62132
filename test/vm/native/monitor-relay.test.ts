import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const temporary = useTemporaryDirectory();
const NATIVE = join(import.meta.dirname, '../../../native');

describe('the parsers and the relay of the monitor', () => {
  it('stay in bounds whatever clients and guests say, under AddressSanitizer and UBSan', () => {
    const program = join(temporary(), 'monitor-relay');
    const seed = String(randomInt(2 ** 32));
    const sources = ['plan', 'relay', 'route', 'client', 'queue', 'record', 'descriptors'].map(
      (name) => join(NATIVE, `monitor/${name}.c`),
    );
    execFileSync('gcc', [
      ...['-std=c11', '-D_GNU_SOURCE', '-O1', '-g', '-Wall', '-Wextra', '-Werror'],
      ...['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-o', program],
      ...['common', 'guest', 'monitor'].map((folder) => `-I${join(NATIVE, folder)}`),
      join(import.meta.dirname, 'monitor-relay.c'),
      ...[...sources, join(NATIVE, 'common/frame.c')],
    ]);

    const output = execFileSync(program, [seed, '500'], { encoding: 'utf8' });

    expect(output, `seed ${seed}`).toBe('ok\n');
  });
});
