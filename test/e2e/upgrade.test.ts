import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pushBusybox } from '../support/busybox-image.js';
import { startDockerRegistry, type DockerRegistry } from '../support/docker-registry.js';
import { readSchema, schemaFaults } from '../support/json-schema.js';
import { runMono, writeUserConfig, type MonoRun } from '../support/mono.js';

const scratch = mkdtempSync(join(tmpdir(), 'mono-e2e-'));
const place = { cwd: join(scratch, 'project'), home: join(scratch, 'home') };
let registry: DockerRegistry;

beforeAll(async () => {
  registry = await startDockerRegistry();
  mkdirSync(place.cwd);
  writeUserConfig(place.home, { 'docker.io': registry.url });
  await push('1.35.0');
  await push('stable', 'first');
  await mono('init');
  await mono('install', 'busybox@~1.35');
  await mono('install', '--name', 'floating', 'busybox:stable');
});

afterAll(async () => {
  await registry.stop();
  rmSync(scratch, { recursive: true, force: true });
});

/** One story: each step starts from what the step before left. */
describe('mono outdated and mono upgrade', () => {
  it('say that there is nothing to do, with exit code 0', async () => {
    const outdated = await mono('outdated');
    const upgraded = await mono('upgrade');

    expect(outdated).toMatchObject({ exitCode: 0, stdout: '' });
    expect(upgraded.stderr).toContain('Already up to date\n');
  });

  it('tell a newer version from a tag that moved', async () => {
    for (const tag of ['1.35.1', '1.36.1', '1.36.2-musl']) await push(tag);
    await push('stable', 'second');

    const outdated = await mono('outdated', '--json');

    const { images } = JSON.parse(outdated.stdout) as { images: Record<string, unknown>[] };
    expect(schemaFaults({ images }, readSchema('outdated.json'))).toEqual([]);
    expect(outdated.exitCode).toBe(1);
    expect(images).toMatchObject([
      { name: 'busybox', current: '1.35.0', wanted: '1.35.1', latest: '1.36.1', state: 'behind' },
      { name: 'floating', current: 'stable', wanted: 'stable', latest: null, state: 'moved' },
    ]);
  });

  it('never follow either by installing', async () => {
    const before = lock();

    const installed = await mono('install');

    expect(installed.stderr).toBe('Already up to date\n');
    expect(lock()).toBe(before);
  });

  it('show in a dry run what an upgrade would do', async () => {
    const before = lock();

    const planned = await mono('upgrade', '-n');

    expect(planned.stderr).toContain('~ busybox 1.35.0 → 1.35.1 linux/amd64\n');
    expect(planned.stderr).toMatch(/~ floating stable → stable \(now sha256:[0-9a-f]{12}…\)/);
    expect(lock()).toBe(before);
  });

  it('upgrade one image by name and leave the other', async () => {
    const upgraded = await mono('upgrade', 'busybox');

    expect(upgraded.exitCode).toBe(0);
    expect(lock()).toContain('resolved: docker.io/library/busybox:1.35.1\n');
    expect(JSON.parse((await mono('outdated', '--json')).stdout)).toMatchObject({
      images: [{ state: 'current' }, { state: 'moved' }],
    });
  });

  it('move requirements on with --latest, the variant kept', async () => {
    const upgraded = await mono('upgrade', '--latest');

    expect(upgraded.exitCode).toBe(0);
    expect(readFileSync(join(place.cwd, 'mono.yaml'), 'utf8')).toContain('busybox@~1.36\n');
    expect(lock()).toContain('resolved: docker.io/library/busybox:1.36.1\n');
    expect((await mono('outdated')).exitCode).toBe(0);
  });

  it('refuse a name that the project does not have', async () => {
    const upgraded = await mono('upgrade', 'busybix');

    expect(upgraded).toMatchObject({ exitCode: 10 });
    expect(upgraded.stderr).toContain('hint: Did you mean `busybox`?\n');
  });
});

describe('mono tags', () => {
  it('lists versions first, newest first, then other tags', async () => {
    const { stdout } = await mono('tags', 'busybox');

    expect(stdout).toBe('1.36.2-musl\n1.36.1\n1.35.1\n1.35.0\nstable\n');
  });

  it('lists those within a range', async () => {
    const listed = await mono('tags', 'busybox@~1.35', '--json');

    const document: unknown = JSON.parse(listed.stdout);
    expect(schemaFaults(document, readSchema('tags.json'))).toEqual([]);
    expect(document).toMatchObject({
      repository: 'docker.io/library/busybox',
      range: '~1.35',
      tags: [{ tag: '1.35.1' }, { tag: '1.35.0' }],
    });
    expect((await mono('tags', 'busybox', '~1.35')).stdout).toBe('1.35.1\n1.35.0\n');
  });
});

async function push(tag: string, release = tag): Promise<void> {
  await pushBusybox(registry, 'library/busybox', { tag, release });
}

async function mono(...args: string[]): Promise<MonoRun> {
  return runMono(args, place);
}

function lock(): string {
  return readFileSync(join(place.cwd, 'mono.lock'), 'utf8');
}
