import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pushBusybox } from '../../support/busybox-image.js';
import { startDockerRegistry, type DockerRegistry } from '../../support/docker-registry.js';
import { readSchema, schemaFaults } from '../../support/json-schema.js';
import { runMono, writeUserConfig, type MonoRun } from '../../support/mono.js';

const scratch = mkdtempSync(join(tmpdir(), 'mono-history-'));
const place = { cwd: join(scratch, 'project'), home: join(scratch, 'home') };
const states: { yaml: string; lock: string }[] = [];
let registry: DockerRegistry;

beforeAll(async () => {
  registry = await startDockerRegistry();
  mkdirSync(place.cwd);
  writeUserConfig(place.home, { 'docker.io': registry.url });
  for (const tag of ['1.35.0', '2.0.0']) {
    await pushBusybox(registry, 'library/busybox', { tag, release: tag });
  }
});

afterAll(async () => {
  await registry.stop();
  rmSync(scratch, { recursive: true, force: true });
});

/** One story: each step starts from what the step before left. */
describe('mono history and mono rollback', () => {
  it('record an install that starts the project', async () => {
    const installed = await mono('install', 'busybox@^1.35');

    expect(installed.stderr).toContain(`Starting a project in \`${place.cwd}\``);
    writeFileSync(file('mono.yaml'), 'images:\n  # ours\n  busybox: "busybox@^1.35" # pinned\n');
    await mono('install');
    states.push(now());
    expect(await listed()).toMatchObject([
      { action: 'install', image: 'busybox', from: null, to: '1.35.0', installed: true },
    ]);
  });

  it('record an upgrade', async () => {
    await mono('upgrade', '--latest');

    states.push(now());
    expect(now().yaml).toContain('busybox@^2.0 # pinned');
    expect(await listed()).toMatchObject([
      { action: 'upgrade', from: '1.35.0', to: '2.0.0' },
      { action: 'install' },
    ]);
  });

  it('say in a dry run what a rollback would do, and do nothing', async () => {
    const planned = await mono('rollback', 'busybox', '-n');

    expect(planned.stderr).toContain('~ busybox 2.0.0 → 1.35.0 linux/');
    expect(now()).toEqual(states[1]);
  });

  it('go back offline to the very bytes that both files had', async () => {
    const rolled = await mono('rollback', 'busybox', '--offline');

    expect(rolled.exitCode).toBe(0);
    expect(rolled.stderr).toContain('~ busybox 2.0.0 → 1.35.0 linux/');
    expect(now()).toEqual(states[0]);
  });

  it('undo a rollback by another one', async () => {
    await mono('rollback', 'busybox', '--offline');

    expect(now()).toEqual(states[1]);
  });

  it.each(['1.35.0', '#1', 'digest'])('go to the state that %s names', async (text) => {
    const digest = /digest: (sha256:\w{12})/.exec(states[0]?.lock ?? '')?.[1];
    const version = text === 'digest' ? (digest ?? '') : text;

    await mono('rollback', 'busybox', version, '--offline');

    expect(now()).toEqual(states[0]);
    await mono('rollback', 'busybox', '2.0.0', '--offline');
  });

  it('bring a removed image back', async () => {
    await mono('remove', 'busybox');

    const rolled = await mono('rollback', 'busybox', '--offline');

    expect(rolled.exitCode).toBe(0);
    expect(now().lock).toBe(states[1]?.lock);
    expect((await listed()).slice(0, 2)).toMatchObject([
      { action: 'rollback', from: null, to: '2.0.0' },
      { action: 'remove', from: '2.0.0', to: null },
    ]);
  });

  it('record what somebody else changed in mono.lock', async () => {
    writeFileSync(file('mono.yaml'), states[0]?.yaml ?? '');
    writeFileSync(file('mono.lock'), states[0]?.lock ?? '');

    await mono('install');

    expect((await listed())[0]).toMatchObject({ action: 'lockfile', from: '2.0.0', to: '1.35.0' });
  });

  it('go back to what both files had before mono.yaml was edited by hand', async () => {
    const before = now();
    writeFileSync(file('mono.yaml'), before.yaml.replace('busybox@^1.35', 'busybox:2.0.0'));
    await mono('install');
    const between = now();

    await mono('rollback', 'busybox', '--offline');

    expect(between.lock).toContain('requirement: docker.io/library/busybox:2.0.0');
    expect(now()).toEqual(before);
  });

  it('refuse what the history does not have', async () => {
    const version = await mono('rollback', 'busybox', '9.9.9');
    const name = await mono('history', 'busybix');

    expect(version).toMatchObject({ exitCode: 10, stdout: '' });
    expect(version.stderr).toContain('hint: It had 2.0.0, 1.35.0.\n');
    expect(name.stderr).toContain('hint: Did you mean `busybox`?\n');
  });

  it('print a table within 80 columns', async () => {
    const { stdout } = await mono('history');

    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^CHANGE {2}TIME +ACTION +IMAGE +STORED +VERSION$/);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});

interface Change {
  readonly action: string;
}

async function listed(): Promise<Change[]> {
  const document = JSON.parse((await mono('history', '--json')).stdout) as { changes: Change[] };
  expect(schemaFaults(document, readSchema('history.json'))).toEqual([]);
  return document.changes;
}

async function mono(...args: string[]): Promise<MonoRun> {
  return runMono(args, place);
}

function now(): { yaml: string; lock: string } {
  return {
    yaml: readFileSync(file('mono.yaml'), 'utf8'),
    lock: readFileSync(file('mono.lock'), 'utf8'),
  };
}

function file(name: string): string {
  return join(place.cwd, name);
}
