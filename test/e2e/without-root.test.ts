/*
 * An ordinary user, who has no rights but those on a directory, installs an image and works in a
 * sandbox with all that it can have.
 */
import {
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NOBODY } from '../support/as-nobody.js';
import { pushBusybox } from '../support/busybox-image.js';
import { startDockerRegistry, type DockerRegistry } from '../support/docker-registry.js';
import { freePort } from '../support/free-port.js';
import { httpTextWhenUp } from '../support/http-text.js';
import { runMono, writeUserConfig, type MonoRun } from '../support/mono.js';
import { processesOf } from '../support/processes.js';

/** Booting in software emulation takes seconds, on a busy machine many. */
const BOOT_TIMEOUT_MS = 180_000;

const scratch = mkdtempSync(join(tmpdir(), 'mono-user-'));
const [project, home, shared] = ['project', 'home', 'shared'].map((it) => join(scratch, it)) as [
  string,
  string,
  string,
];
const user = process.getuid?.() === 0 ? NOBODY : undefined;
const IMAGE = 'busybox:1.35';
let registry: DockerRegistry;

beforeAll(async () => {
  registry = await startDockerRegistry();
  await pushBusybox(registry, 'library/busybox', { tag: '1.35' });
  for (const directory of [project, shared]) mkdirSync(directory);
  writeUserConfig(home, { 'docker.io': registry.url });
  writeFileSync(join(shared, 'file'), 'of the host\n');
  writeFileSync(join(scratch, 'secret'), 'secret\n');
  if (user === undefined) return;
  for (const path of [scratch, project, home, shared, join(shared, 'file')])
    chownSync(path, user, user);
});

afterAll(async () => {
  await mono(['rm', '--force', 'box']);
  await registry.stop();
  rmSync(scratch, { recursive: true, force: true });
});

async function mono(args: readonly string[]): Promise<MonoRun> {
  // A variable that no guest may come to see.
  return runMono(args, { cwd: project, home, user, env: { HOST_SECRET: 'of the host' } });
}

/** What a command that must succeed writes. */
async function output(...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await mono(args);
  expect([exitCode, stderr], args.join(' ')).toEqual([0, expect.any(String)]);
  return stdout;
}

/** What /proc says of a process and its rights. */
function statusOf(pid: number): Record<string, string> {
  const lines = readFileSync(`/proc/${pid}/status`, 'latin1').split('\n');
  const fields = lines.map((line) => line.split(/:\t/) as [string, string]);
  return Object.fromEntries(fields);
}

/** Whether system calls of that process are filtered. */
function isConfined(status: Record<string, string>): boolean {
  return status['Seccomp'] === '2';
}

describe('a user without privileges', () => {
  it(
    'installs, runs, forwards, shares, keeps, works in and stops sandboxes',
    async () => {
      const port = await freePort();
      await output('init');
      await output('install', `docker.io/library/${IMAGE}`);
      const devices = [
        ...['-p', `${port}:80`, '-v', `${shared}:/shared`, '-v', `${shared}:/closed:ro`],
        ...['-v', 'kept:/kept'],
      ];
      const serve = 'echo served >/tmp/index.html; exec httpd -f -p 80 -h /tmp';

      await output('run', '-d', '--name', 'box', ...devices, IMAGE, 'sh', '-c', serve);

      expect(await httpTextWhenUp(`http://127.0.0.1:${port}/index.html`)).toBe('served\n');
      const script = [
        'cat /shared/file /closed/file; echo of the guest >/shared/new; echo kept >/kept/file',
        `ln -s ${scratch}/secret /shared/link; ln -s ../secret /shared/above`,
        'cat /shared/link /shared/above /shared/../secret 2>/dev/null',
        'echo x 2>/dev/null >/closed/new || echo read-only; env | grep -c HOST_SECRET; true',
      ];
      expect(await output('exec', 'box', 'sh', '-c', script.join('; '))).toBe(
        'of the host\nof the host\nread-only\n0\n',
      );
      expect(readdirSync(shared).sort()).toEqual(['above', 'file', 'link', 'new']);
      const processes = processesOf(scratch).map(({ pid, name }) => ({ name, ...statusOf(pid) }));
      expect(processes.map(({ name }) => name)).toEqual(
        expect.arrayContaining(['mono-monitor', 'qemu-system-x86', 'virtiofsd']),
      );
      await output('stop', 'box');
      const look = ['sh', '-c', 'cat /kept/file; env | grep -c HOST_SECRET; true'];
      expect(await output('run', '-v', 'kept:/kept', IMAGE, ...look)).toBe('kept\n0\n');
      expect(processesOf(scratch)).toEqual([]);

      const uid = user ?? process.getuid?.();
      for (const it of processes) {
        expect(it, it.name).toMatchObject({ Uid: Array(4).fill(uid).join('\t') });
        if (it.name !== 'mono-monitor') expect(it, it.name).toMatchObject({ NoNewPrivs: '1' });
      }
      // A server of a directory is two processes; the outer one only waits for the end of the other.
      expect(
        processes
          .filter(isConfined)
          .map(({ name }) => name)
          .sort(),
      ).toEqual(['qemu-system-x86', 'virtiofsd', 'virtiofsd']);
      expect(processes.find(({ name }) => name.startsWith('qemu'))).toMatchObject({
        ...{ CapPrm: '0000000000000000', CapEff: '0000000000000000', CapInh: '0000000000000000' },
      });
    },
    3 * BOOT_TIMEOUT_MS,
  );
});
