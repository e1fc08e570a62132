import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const LINUX = join(import.meta.dirname, '../../../native/krun/linux');
const SOURCES = ['access.c', 'confine.c', 'sockets.c', 'syscall-filter.c'];
const OPTIONS = [
  ...['-std=c11', '-D_GNU_SOURCE', '-Wall', '-Wextra', '-Werror', '-O1', '-g'],
  ...['-fsanitize=address,undefined', '-fno-sanitize-recover=all'],
];
/** Looking for leaks at the end takes processes and ptrace. */
const ENVIRONMENT = { ASAN_OPTIONS: 'detect_leaks=0' };

const temporary = useTemporaryDirectory();
const built = mkdtempSync(join(tmpdir(), 'mono-confinement-'));
const program = join(built, 'krun-confinement');

beforeAll(() => {
  const sources = SOURCES.map((name) => join(LINUX, name));
  const own = join(import.meta.dirname, 'krun-confinement.c');
  execFileSync('gcc', [...OPTIONS, '-o', program, own, ...sources]);
});

afterAll(() => {
  rmSync(built, { recursive: true });
});

describe('the process of a krun machine', () => {
  it.each(['outbound', 'ports', 'none'])(
    'keeps threads and its files, and loses everything else, under AddressSanitizer and UBSan (network: %s)',
    async (network) => {
      const [held, other, directory] = ['held', 'other', 'directory'].map((name) =>
        join(temporary(), name),
      ) as [string, string, string];
      for (const path of [held, other]) writeFileSync(path, 'bytes');
      mkdirSync(directory);

      const output = execFileSync(program, [held, other, directory, network, await freePort()], {
        ...{ encoding: 'utf8', env: ENVIRONMENT, stdio: ['ignore', 'pipe', 'pipe'] },
      });

      expect(output).toBe('NoNewPrivs:\t1\nSeccomp:\t2\n');
    },
  );
});

/** Returns a port that nothing listens on, at the moment. */
async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return String(port);
}
