import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { pseudoRandomBytes } from '../../support/random-bytes.js';
import { runsOf, seed as anySeed } from '../../support/randomness.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const temporary = useTemporaryDirectory();
const INGEST = join(import.meta.dirname, '../../../native/ingest');
const ROUNDS = runsOf(20_000);

describe('the parsers of the ingest addon', () => {
  it.each([
    { what: 'damaged data whose decoder takes more than there is', seed: 3_938_693_774 },
    { what: 'anything', seed: anySeed },
  ])('stay in bounds and go on, given $what, under AddressSanitizer and UBSan', ({ seed }) => {
    const program = join(temporary(), 'ingest-parsers');
    const sources = ['gear.c', 'gunzip.c', 'gzip-header.c', 'sha256-pairs.c'].map((name) =>
      join(INGEST, name),
    );
    const sample = Buffer.concat([
      gzipSync(Buffer.concat([Buffer.alloc(9_000, 'text '), pseudoRandomBytes(3_000, 1)])),
      gzipSync(pseudoRandomBytes(500, 2), { level: 0 }),
      gzipSync(Buffer.alloc(70_000)),
    ]);
    execFileSync('gcc', [
      ...['-std=c11', '-D_GNU_SOURCE', '-O1', '-g', '-Wall', '-Wextra', '-Werror'],
      ...['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-I', INGEST],
      ...['-o', program, join(import.meta.dirname, 'ingest-parsers.c'), ...sources, '-lisal'],
    ]);

    const output = execFileSync(program, [String(seed), String(ROUNDS)], {
      input: sample,
      encoding: 'utf8',
    });

    const [, good] = /^ok (\d+)\n$/.exec(output) ?? [];
    expect(Number(good), `seed ${seed}`).toBeGreaterThan(ROUNDS / 10);
    expect(Number(good), `seed ${seed}`).toBeLessThan(ROUNDS / 2);
  });
});
