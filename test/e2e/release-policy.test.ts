import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pushBusybox } from '../support/busybox-image.js';
import { startDockerRegistry, type DockerRegistry } from '../support/docker-registry.js';
import { readSchema, schemaFaults } from '../support/json-schema.js';
import { runMono, writeUserConfig, type MonoRun } from '../support/mono.js';

const scratch = mkdtempSync(join(tmpdir(), 'mono-policy-'));
const place = { cwd: join(scratch, 'project'), home: join(scratch, 'home') };
let registry: DockerRegistry;

beforeAll(async () => {
  registry = await startDockerRegistry();
  mkdirSync(place.cwd);
  writeUserConfig(place.home, { 'docker.io': registry.url });
  writeFileSync(
    join(place.cwd, 'mono.yaml'),
    'minimumReleaseAge: 3d\nimages:\n  busybox: busybox@^1\n  floating: busybox:stable\n',
  );
  await push('1.0.0');
  await push('stable', 'first');
});

afterAll(async () => {
  await registry.stop();
  rmSync(scratch, { recursive: true, force: true });
});

/** One story: each step starts from what the step before left. */
describe('minimumReleaseAge', () => {
  it('refuses what this machine has never seen, and writes nothing', async () => {
    const run = await mono('install');

    expect(run.exitCode).toBe(1);
    expect(run.stderr).toContain('RELEASE_TOO_FRESH');
    expect(run.stderr).toMatch(/hint: `\S+` can be taken from 20\d\d-\d\d-\d\d \d\d:\d\d UTC on/);
    expect(() => lock()).toThrow('ENOENT');
  });

  it('does not believe what an image says of its age', async () => {
    await pushBusybox(registry, 'library/busybox', {
      tag: '1.0.1',
      release: 'old',
      config: { Labels: { 'org.opencontainers.image.created': '2001-01-01T00:00:00Z' } },
    });

    expect((await mono('install')).exitCode).toBe(1);
  });

  it('lets --allow-fresh through', async () => {
    const run = await mono('install', '--allow-fresh');

    expect(run.exitCode).toBe(0);
    expect(lock()).toContain('resolved: docker.io/library/busybox:1.0.1\n');
  });

  it('lets a lock through that is there', async () => {
    rmSync(join(place.home, 'first-seen.db'));

    const run = await mono('install', '--frozen-lockfile');

    expect(run.stderr).toBe('Already up to date\n');
  });

  it('holds back a newer release and a moved tag, and names both', async () => {
    await mono('outdated');
    letTimePass(4);
    await push('1.1.0');
    await push('stable', 'second');
    const before = lock();

    const upgraded = await mono('upgrade');
    const outdated = JSON.parse((await mono('outdated', '--json')).stdout) as unknown;

    expect(upgraded.exitCode).toBe(0);
    expect(upgraded.stderr).toMatch(/^busybox: 1\.1\.0 is held back until /m);
    expect(upgraded.stderr).toMatch(/^floating: stable is held back until /m);
    expect(lock()).toBe(before);
    expect(schemaFaults(outdated, readSchema('outdated.json'))).toEqual([]);
    expect(outdated).toMatchObject({
      images: [
        { wanted: '1.0.1', state: 'current', heldBack: [{ tag: '1.1.0' }] },
        { wanted: 'stable', state: 'current', heldBack: [{ tag: 'stable' }] },
      ],
    });
  });

  it('takes them when they have been known for long enough', async () => {
    letTimePass(4);

    const upgraded = await mono('upgrade', '--json');

    const report = JSON.parse(upgraded.stdout) as unknown;
    expect(schemaFaults(report, readSchema('install.json'))).toEqual([]);
    expect(report).toMatchObject({
      images: [
        { version: '1.1.0', heldBack: [] },
        { change: 'changed', heldBack: [] },
      ],
    });
  });
});

describe('a tag that moved since it was locked', () => {
  it('is told of by an install that fetches, and not followed', async () => {
    const before = lock();
    await push('stable', 'third');
    const home = join(scratch, 'colleague');
    writeUserConfig(home, { 'docker.io': registry.url });

    const run = await runMono(['install'], { ...place, home });

    expect(run.exitCode).toBe(0);
    expect(run.stderr).toContain(
      'docker.io/library/busybox:stable moved since it was locked; `mono upgrade floating` follows it\n',
    );
    expect(lock()).toBe(before);
  });

  it('does not matter to a frozen install, which takes the old bytes', async () => {
    const before = lock();
    const home = join(scratch, 'server');
    writeUserConfig(home, { 'docker.io': registry.url });

    const run = await runMono(['install', '--frozen-lockfile', '--json'], { ...place, home });

    const report = JSON.parse(run.stdout) as { moved: unknown[] };
    expect(run.exitCode).toBe(0);
    expect(schemaFaults(report, readSchema('install.json'))).toEqual([]);
    expect(report.moved).toMatchObject([{ name: 'floating' }]);
    expect(lock()).toBe(before);
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

/** Makes everything that was seen so far older by some days. */
function letTimePass(days: number): void {
  const database = new Database(join(place.home, 'first-seen.db'));
  database.prepare('UPDATE first_seen SET seen_ms = seen_ms - ?').run(days * 86_400_000);
  database.close();
}
