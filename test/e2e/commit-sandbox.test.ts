import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { byteStringFromText } from '../../src/lib/base/bytes.js';
import type { HeaderFields } from '../../src/lib/rootfs/tar/tar-header.js';
import { tarHeaderBlocks } from '../../src/lib/rootfs/tar/write-entry.js';
import { pushBusybox } from '../support/busybox-image.js';
import { startDockerRegistry, type DockerRegistry } from '../support/docker-registry.js';
import { readSchema, schemaFaults } from '../support/json-schema.js';
import { runMono, writeUserConfig, type MonoRun } from '../support/mono.js';

/** Booting in software emulation takes seconds, on a busy machine many. */
const BOOT_TIMEOUT_MS = 180_000;

const scratch = mkdtempSync(join(tmpdir(), 'mono-e2e-'));
const place = { cwd: join(scratch, 'project'), home: join(scratch, 'home') };
let registry: DockerRegistry;

const WRITES = [
  'mkdir -p /app/deep; echo one >/app/file; chmod 4751 /app/file; chown 1000:70000 /app/file',
  'ln /app/file /app/deep/link; ln -s file /app/symlink; mkfifo /app/fifo; mknod /app/device c 7 300',
  'rm /etc/passwd /etc/extra; rm -r /tmp; mkdir /tmp; echo x >/tmp/own; mv /etc/release /etc/moved',
  'echo ready; sleep 600',
].join('; ');

const CHANGES = [
  'M /  time',
  'A /app/',
  'A /app/attributed',
  'A /app/deep/',
  'A /app/deep/link',
  'A /app/device',
  'A /app/fifo',
  'A /app/file',
  'A /app/symlink',
  'M /etc/  time',
  'D /etc/extra',
  'R /etc/release → /etc/moved',
  'D /etc/passwd',
  'M /tmp/  time',
  'D /tmp/hidden',
  'A /tmp/own',
];

/** What the changes are seen as from inside: the same before and after. */
const LOOK =
  'cd /; stat -c "%n %F %a %u:%g %h %t:%T" app app/* app/deep/* tmp tmp/*; ls -A etc tmp | grep -v resolv; cat app/deep/link etc/moved; echo $GREETING';

beforeAll(async () => {
  registry = await startDockerRegistry();
  mkdirSync(place.cwd);
  writeUserConfig(place.home, { 'docker.io': registry.url });
  await pushBusybox(registry, 'library/busybox', {
    tag: '1',
    files: { 'etc/extra': 'extra\n', 'tmp/hidden': 'hidden\n' },
    config: { Env: ['PATH=/bin', 'GREETING=hello'] },
  });
  await mono('init');
  await mono('install', '--name', 'box', 'busybox:1');
});

afterAll(async () => {
  await mono('rm', '-f', 'work', 'again', 'brief');
  await registry.stop();
  rmSync(scratch, { recursive: true, force: true });
});

/** One story: each step starts from what the step before left. */
describe('what a sandbox has changed', () => {
  it(
    'is told and kept while it runs, and read from its disk once it has stopped',
    async () => {
      const command = ['box', 'sh', '-c', WRITES];
      const started = await mono('run', '-d', '--persist', '--name', 'work', ...command);
      expect(started).toMatchObject({ exitCode: 0 });
      await ready();
      await runMono(['cp', '-', 'work:/app'], { ...place, stdin: archiveWithAttribute() });

      const seen = await mono('exec', 'work', 'sh', '-c', LOOK);
      const differences = await mono('diff', 'work');
      const running = await mono('commit', 'work', '-t', 'tuned', '--json');
      const applied = await mono('apply', 'work', '--path', '/app', '--to', 'out', '--json');
      await mono('stop', '-t', '1s', 'work');
      const stopped = await mono('commit', 'work', '-t', 'tuned', '-m', 'by hand', '--json');
      await mono('run', '-d', '--name', 'again', 'tuned', 'sleep', '600');
      const ran = await mono('exec', 'again', 'sh', '-c', LOOK);
      const attributed = await mono('cp', 'again:/app/attributed', '-');

      expect(differences).toEqual({ exitCode: 0, stderr: '', stdout: `${CHANGES.join('\n')}\n` });
      const [first, second] = [running, stopped].map(documentOf);
      expect(schemaFaults(first, readSchema('commit.json'))).toEqual([]);
      expect(second).toMatchObject({ root: first?.['root'], replaced: first?.['version'] });
      expect(schemaFaults(documentOf(applied), readSchema('apply.json'))).toEqual([]);
      expect(readFileSync(join(place.cwd, 'out/deep/link'), 'latin1')).toBe('one\n');
      expect(readdirSync(join(place.cwd, 'out')).sort()).toEqual([
        ...['attributed', 'deep', 'file', 'symlink'],
      ]);
      expect(seen.stdout).toContain('hello\n');
      expect(ran).toMatchObject({ exitCode: 0, stdout: seen.stdout });
      expect(attributed.stdout).toContain('SCHILY.xattr.user.origin=the host\n');
    },
    BOOT_TIMEOUT_MS,
  );

  it(
    'is reached by mono cp while it is stopped, both ways',
    async () => {
      writeFileSync(join(place.cwd, 'late'), 'late\n');

      const taken = await mono('cp', 'late', 'work:/app/deep');
      const given = await mono('cp', 'work:/app/deep', 'back');

      expect([taken, given].map(({ stderr, exitCode }) => [stderr, exitCode])).toEqual([
        ['', 0],
        ['', 0],
      ]);
      expect(readFileSync(join(place.cwd, 'back/late'), 'latin1')).toBe('late\n');
      expect(readFileSync(join(place.cwd, 'back/link'), 'latin1')).toBe('one\n');
    },
    BOOT_TIMEOUT_MS,
  );

  it('is compared, merged and exported as any version is', async () => {
    const compared = await mono('diff', 'box', 'tuned');
    const merged = await mono('merge', 'tuned', 'box', '--base', 'box', '--json');
    const exported = await mono('export', 'tuned', '-o', join(scratch, 'tuned.tar'));
    const taken = await mono('commit', 'work', '-t', 'box');

    expect(compared.stdout).toBe(`${CHANGES.join('\n')}\n`);
    const root = (documentOf(merged)['merged'] as { root: string }).root;
    expect((await mono('diff', 'tuned', root)).stdout).toBe('');
    expect(exported.exitCode).toBe(0);
    expect(taken.stderr).toContain('code: IMAGE_NAME_TAKEN\n');
  });

  it(
    'is gone with the memory of a sandbox that had no disk',
    async () => {
      await mono('run', '--no-rm', '--name', 'brief', 'box', 'touch', '/new');

      const lost = await mono('diff', 'brief');

      expect((await mono('cp', 'brief:/new', '-')).stderr).toContain('SANDBOX_NOT_RUNNING');
      expect(lost).toMatchObject({ exitCode: 15 });
      expect(lost.stderr).toContain('code: SANDBOX_CHANGES_LOST\n');
    },
    BOOT_TIMEOUT_MS,
  );
});

/** An archive with a file that has an extended attribute, which nothing in the image could set. */
function archiveWithAttribute(): string {
  const header: HeaderFields = {
    type: '0',
    name: byteStringFromText('attributed'),
    linkName: byteStringFromText(''),
    mode: 0o644,
    ...{ uid: 0, gid: 0, sizeBytes: 0, mtimeSeconds: 0, deviceMajor: 0, deviceMinor: 0 },
  };
  const xattrs = new Map([[byteStringFromText('user.origin'), Buffer.from('the host')]]);
  const blocks = tarHeaderBlocks(header, { mtime: { seconds: 0, nanoseconds: 0 }, xattrs });
  const pieces = [...blocks, new Uint8Array(1024)];
  return Buffer.concat(pieces).toString('latin1');
}

async function ready(): Promise<void> {
  while (!(await mono('logs', 'work')).stdout.includes('ready')) {
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function documentOf({ stdout }: MonoRun): Record<string, unknown> {
  return JSON.parse(stdout) as Record<string, unknown>;
}

async function mono(...args: string[]): Promise<MonoRun> {
  return runMono(args, place);
}
