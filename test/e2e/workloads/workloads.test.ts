/*
 * What people run in machines, in a Debian system with Debian's own packages: a server, a compiler, a
 * package manager, a database.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../support/free-port.js';
import { httpRequest } from '../../support/http-request.js';
import { useDebianPlace } from './debian-place.js';
import { packageSources } from './package-sources.js';

/** Software emulation is slow, on a busy machine many times slower. */
const TIMEOUT_MS = 600_000;
const ANSWER_TIMEOUT_MS = 300_000;
const { mono, output, killVmm, write } = useDebianPlace();

describe('a machine with Debian in it', { timeout: TIMEOUT_MS }, () => {
  let port = 0;

  beforeAll(async () => {
    port = await freePort();
    write(
      'server.js',
      `require('http').createServer(({ url }, response) => response.end('seen: ' + url + '\\n'))
         .listen(8080, () => console.log('listening'));`,
    );
    const machine = ['--memory', '1GiB', '-p', `127.0.0.1:${port}:8080`];
    const command = ['debian', 'node', '/srv/server.js'];
    await output('run', '-d', '--name', 'work', '-v', '.:/srv:ro', ...machine, ...command);
  }, TIMEOUT_MS);

  it('answers with its Node server on a port of this host', async () => {
    await inShell('work', 'until grep -q ":1F90 .* 0A" /proc/net/tcp*; do sleep 0.2; done');

    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    const { status, body } = await httpRequest(`http://127.0.0.1:${port}/a?b=1`, { signal });

    expect([status, body.toString()]).toEqual([200, 'seen: /a?b=1\n']);
  });

  it('compiles a C program and runs it', async () => {
    write(
      'sum.c',
      `#include <stdio.h>
       int main(void) { int sum = 0; for (int i = 1; i <= 100; i++) sum += i; printf("%d\\n", sum); }`,
    );

    const built = 'gcc -O2 -Wall -Werror -o /tmp/sum /srv/sum.c && /tmp/sum';

    expect(await inShell('work', built)).toBe('5050\n');
  });

  it("installs a package from this machine's own package sources", async () => {
    const { list, configuration } = packageSources();
    write('sources/sources.list', list);
    write('sources/host.conf', configuration);
    await inShell('work', 'rm -rf /etc/apt/sources.list*');
    await output('cp', 'sources/sources.list', 'work:/etc/apt');
    await output('cp', 'sources/host.conf', 'work:/etc/apt/apt.conf.d');

    await inShell(
      'work',
      'apt-get -qq -o Acquire::Languages=none update && apt-get -qq install -y hello',
    );

    expect(await inShell('work', 'hello')).toBe('Hello, world!\n');
  });
});

describe('PostgreSQL with its data on a volume', { timeout: TIMEOUT_MS }, () => {
  /** Makes a cluster where there is none, and becomes the server: see docs/guide/workloads.md. */
  const SERVER = [
    'set -e; mkdir -p /run/postgresql; chown postgres: /data /run/postgresql',
    'as_postgres="setpriv --reuid=postgres --regid=postgres --clear-groups"',
    '[ -e /data/pg ] || $as_postgres initdb --no-sync --auth=trust -D /data/pg >/dev/null',
    'exec $as_postgres postgres -D /data/pg',
  ].join('\n');

  it('keeps what was committed, through a stop and through the loss of the machine', async () => {
    await start('first');
    await query('first', 'CREATE TABLE note (text text)');
    await query('first', "INSERT INTO note VALUES ('before the stop')");
    await output('stop', '--time', '60s', 'first');
    expect((await mono('logs', 'first')).stderr).toContain('database system is shut down');
    await output('rm', 'first');

    await start('second');
    expect(await query('second', 'TABLE note')).toBe('before the stop\n');
    await query('second', "INSERT INTO note VALUES ('before the loss')");
    killVmm('second');
    await mono('wait', 'second');
    await output('rm', 'second');

    await start('third');
    expect(await query('third', 'TABLE note')).toBe('before the stop\nbefore the loss\n');
    expect((await mono('logs', 'third')).stderr).toContain('automatic recovery in progress');
  });

  async function start(name: string): Promise<void> {
    const machine = ['--memory', '512MiB', '-v', 'pgdata:/data'];
    await output('run', '-d', '--name', name, ...machine, 'debian', 'sh', '-c', SERVER);
    await inShell(name, 'until pg_isready -q -U postgres; do sleep 0.2; done');
  }

  async function query(name: string, sql: string): Promise<string> {
    return output('exec', name, 'psql', '-U', 'postgres', '-qAtc', sql);
  }
});

async function inShell(name: string, command: string): Promise<string> {
  return output('exec', name, 'sh', '-c', command);
}
