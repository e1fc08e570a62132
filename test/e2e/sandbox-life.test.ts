import {
  appendFileSync,
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
import { pushBusybox } from '../support/busybox-image.js';
import { startDockerRegistry, type DockerRegistry } from '../support/docker-registry.js';
import { readSchema, schemaFaults } from '../support/json-schema.js';
import { listingModules, readLoadedModules } from '../support/loaded-modules.js';
import { onTerminal } from '../support/on-terminal.js';
import { runMono, writeUserConfig, type MonoRun } from '../support/mono.js';

/** Booting in software emulation takes seconds, on a busy machine many. */
const BOOT_TIMEOUT_MS = 180_000;
const scratch = mkdtempSync(join(tmpdir(), 'mono-life-'));
const place = { cwd: join(scratch, 'project'), home: join(scratch, 'home') };
const IMAGE = 'busybox:1.35';
let registry: DockerRegistry;

beforeAll(async () => {
  registry = await startDockerRegistry();
  await pushBusybox(registry, 'library/busybox', { tag: '1.35' });
  mkdirSync(place.cwd);
  writeUserConfig(place.home, { 'docker.io': registry.url });
});

afterAll(async () => {
  for (const { name } of await list()) await mono(['rm', '--force', name]);
  await registry.stop();
  rmSync(scratch, { recursive: true, force: true });
});

async function mono(args: readonly string[], stdin?: string): Promise<MonoRun> {
  return runMono(args, { ...place, ...(stdin === undefined ? {} : { stdin }) });
}

async function list(): Promise<{ name: string; status: string; exitCode: number | null }[]> {
  const { stdout } = await mono(['ps', '--all', '--json']);
  const document = JSON.parse(stdout) as { sandboxes: [] };
  expect(schemaFaults(document, readSchema('ps.json'))).toEqual([]);
  return document.sandboxes;
}

/** What `mono COMMAND --json` prints, checked against its schema. */
async function json(command: string, args: readonly string[]): Promise<unknown> {
  const { stdout } = await mono([command, ...args, '--json']);
  const document = JSON.parse(stdout) as unknown;
  expect(schemaFaults(document, readSchema(`${command}.json`))).toEqual([]);
  return document;
}

const SERVICE = [
  'trap "echo bye; exit 9" TERM; echo out; echo err >&2',
  'while :; do sleep 0.1; done',
].join('; ');

describe('a detached sandbox', () => {
  it(
    'is run, worked in, stopped, started again and forgotten',
    async () => {
      const started = await mono([
        'run',
        '-d',
        '--name',
        'web',
        '-e',
        'A=1',
        IMAGE,
        'sh',
        '-c',
        SERVICE,
      ]);
      expect([started.stdout, started.exitCode]).toEqual(['web\n', 0]);
      expect(await list()).toMatchObject([{ name: 'web', status: 'running', exitCode: null }]);

      const taken = await mono(['run', '-d', '--name', 'web', IMAGE, 'true']);
      expect([taken.exitCode, taken.stderr]).toEqual([
        125,
        expect.stringContaining('SANDBOX_NAME_TAKEN'),
      ]);

      const plain = await mono(
        ['exec', 'web', 'sh', '-c', 'cat; echo $A; echo no >&2; exit 5'],
        'in\n',
      );
      expect(plain).toEqual({ stdout: 'in\n1\n', stderr: 'no\n', exitCode: 5 });
      const changed = await mono([
        'exec',
        '-e',
        'A=2',
        '-w',
        '/new',
        '-u',
        '12',
        'web',
        'sh',
        '-c',
        'echo $A $(pwd) $(id -u)',
      ]);
      expect(changed.stdout).toBe('2 /new 12\n');
      expect((await mono(['exec', 'web', 'nosuch'])).exitCode).toBe(127);
      expect((await mono(['exec', 'nosuch', 'true'])).exitCode).toBe(125);

      const log = join(scratch, 'loaded');
      const quick = await runMono(['exec', 'web', 'true'], { ...place, env: listingModules(log) });
      expect(quick).toEqual({ stdout: '', stderr: '', exitCode: 0 });
      expect(readLoadedModules(log)).toEqual(['bin/run.cjs', 'dist/main.cjs', 'package.json']);

      const following = mono(['logs', '-f', 'web']);
      const together = ['one', 'two'].map(async (word) =>
        mono(['exec', 'web', 'sh', '-c', 'sleep 0.5; cat'], word),
      );
      expect((await Promise.all(together)).map(({ stdout }) => stdout)).toEqual(['one', 'two']);

      writeFileSync(join(place.cwd, 'file'), 'from the host\n');
      expect((await mono(['cp', 'file', 'web:/new'])).stderr).toBe('');
      await mono(['cp', 'web:/new', 'copy']);
      expect(readFileSync(join(place.cwd, 'copy/file'), 'latin1')).toBe('from the host\n');

      expect(await json('stats', ['web'])).toMatchObject({ sandboxes: [{ name: 'web', cpus: 1 }] });
      expect(await json('stop', ['web'])).toMatchObject({ sandboxes: [{ name: 'web' }] });
      expect(await list()).toMatchObject([{ name: 'web', status: 'stopped', exitCode: 9 }]);
      expect(await json('wait', ['web'])).toMatchObject({ sandboxes: [{ exitCode: 9 }] });
      expect(await mono(['logs', 'web'])).toMatchObject({ stdout: 'out\nbye\n', stderr: 'err\n' });
      expect((await mono(['logs', '--tail', '1', '--timestamps', 'web'])).stdout).toMatch(
        /^\d{4}-\S+Z bye\n$/,
      );
      expect(await following).toMatchObject({ stdout: 'out\nbye\n', stderr: 'err\n' });
      expect((await mono(['exec', 'web', 'true'])).exitCode).toBe(125);

      expect((await mono(['start', '--vmm', 'krun', 'web'])).stderr).toContain('VM_UNAVAILABLE');
      appendFileSync(join(place.home, 'config.yaml'), 'defaults: { vmm: krun }\n');
      expect(await json('start', ['web'])).toMatchObject({ sandboxes: [{ name: 'web' }] });
      writeUserConfig(place.home, { 'docker.io': registry.url });
      expect((await mono(['exec', 'web', 'ls', '/new'])).exitCode).not.toBe(0);
      expect((await mono(['rm', 'web'])).stderr).toContain('SANDBOX_RUNNING');
      expect(await json('rm', ['--force', 'web'])).toMatchObject({ sandboxes: [{ name: 'web' }] });
      expect(await list()).toEqual([]);
      expect(readdirSync(join(place.home, 'sandboxes'))).toEqual(['by-name']);
    },
    BOOT_TIMEOUT_MS,
  );
});

describe('the input of a detached sandbox', () => {
  it(
    'stays open with -i until somebody attached ends it',
    async () => {
      await mono(['run', '-d', '-i', '--name', 'open', IMAGE, 'cat']);
      const attached = await mono(['attach', 'open'], 'hello\n');
      expect(attached).toEqual({ stdout: 'hello\n', stderr: '', exitCode: 0 });

      await mono(['run', '-d', '--name', 'shut', IMAGE, 'cat']);
      expect((await mono(['wait', 'shut'])).stdout).toBe('0\n');
      await mono(['rm', 'open', 'shut']);
    },
    BOOT_TIMEOUT_MS,
  );
});

describe('a sandbox in the foreground', () => {
  it(
    'ends when its time is over, and is forgotten, or kept by name',
    async () => {
      const timed = await mono([
        'run',
        '--timeout',
        '1s',
        '--name',
        'timed',
        IMAGE,
        'sh',
        '-c',
        'trap "echo late; exit 0" TERM; while :; do sleep 0.1; done',
      ]);
      expect(timed).toMatchObject({ stdout: 'late\n', exitCode: 124 });
      expect(await list()).toMatchObject([{ name: 'timed', status: 'stopped', exitCode: 124 }]);
      await mono(['rm', 'timed']);

      expect(await mono(['run', IMAGE, 'sh', '-c', 'exit 3'])).toMatchObject({ exitCode: 3 });
      expect((await mono(['run', '-d', '--name', 'failed', IMAGE, 'nosuch'])).exitCode).toBe(127);
      expect(await list()).toEqual([]);
      expect(readdirSync(join(place.home, 'sandboxes/by-name'))).toEqual([]);
    },
    BOOT_TIMEOUT_MS,
  );
});

describe('a sandbox on a terminal', () => {
  it(
    'is left to itself by Ctrl-P Ctrl-Q',
    async () => {
      const leave = { to: '/ # ', keys: '\u0010\u0011' };
      const left = await onTerminal(`run -it --name left ${IMAGE} sh`, place, [leave]);
      expect(left.exitCode).toBe(0);
      expect(await list()).toMatchObject([{ name: 'left', status: 'running' }]);

      await mono(['rm', '--force', 'left']);
    },
    BOOT_TIMEOUT_MS,
  );
});

describe('a sandbox that depends on another', () => {
  it(
    'runs after it, and leaves it running',
    async () => {
      writeFileSync(
        join(place.cwd, 'mono.yaml'),
        [
          `images: { box: ${IMAGE} }`,
          'sandboxes:',
          '  db: { image: box, command: [sh, -c, "trap exit TERM; while :; do sleep 0.1; done"] }',
          '  web: { image: box, depends_on: [db], command: [echo, web] }',
        ].join('\n'),
      );

      const run = await mono(['run', 'sandbox', 'web']);

      expect(run).toMatchObject({ exitCode: 0, stdout: 'web\n' });
      expect(await list()).toMatchObject([{ name: 'db', status: 'running' }]);
      await mono(['rm', '--force', 'db']);
    },
    BOOT_TIMEOUT_MS,
  );
});
