import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pushBusybox } from '../../support/busybox-image.js';
import { startDockerRegistry, type DockerRegistry } from '../../support/docker-registry.js';
import { runMono, writeUserConfig, type MonoRun } from '../../support/mono.js';

const scratch = mkdtempSync(join(tmpdir(), 'mono-lock-'));
const live = join(scratch, 'live');
const place = { cwd: join(live, 'project'), home: join(live, 'home') };
let registry: DockerRegistry;

beforeAll(async () => {
  registry = await startDockerRegistry();
});

beforeEach(() => {
  mkdirSync(place.cwd, { recursive: true });
  writeUserConfig(place.home, { 'docker.io': registry.url });
});

afterEach(() => rmSync(live, { recursive: true, force: true }));

afterAll(async () => {
  await registry.stop();
  rmSync(scratch, { recursive: true, force: true });
});

describe('mono.lock', () => {
  it('keeps the bytes of a tag that moved, also once the store is gone', async () => {
    await push('moving', 'stable', 'first');
    await mono('install', 'moving:stable');
    const locked = lock();
    await push('moving', 'stable', 'second');
    for (const name of ['store', 'cache', 'images.db', 'stamps']) {
      rmSync(join(place.home, name), { recursive: true, force: true });
    }

    const installed = await mono('install', '--frozen-lockfile');
    const ran = await mono('run', 'moving', '--', 'cat', '/etc/release');

    expect(installed).toMatchObject({ exitCode: 0 });
    expect(lock()).toBe(locked);
    expect(locked).toMatch(/root: bafyrei/);
    expect(ran).toMatchObject({ stdout: 'first\n', exitCode: 0 });
  }, 120_000);

  it('merges what two branches have added', async () => {
    for (const name of ['alpha', 'middle', 'omega']) await push(name, '1', name);
    await mono('install', 'middle:1');
    git('init', '-q', '-b', 'main');
    commit('middle');
    git('checkout', '-q', '-b', 'one');
    await mono('install', 'alpha:1');
    commit('alpha');
    git('checkout', '-q', '-b', 'two', 'main');
    await mono('install', 'omega:1');
    commit('omega');

    git('merge', '-q', '--no-edit', 'one');

    const installed = await mono('install', '--frozen-lockfile', '--json');
    const { images } = JSON.parse(installed.stdout) as { images: { name: string }[] };
    expect(installed.exitCode).toBe(0);
    expect(images.map(({ name }) => name).sort()).toEqual(['alpha', 'middle', 'omega']);
    expect(git('status', '--porcelain')).toBe('');
  });

  it('says where a merge has left a conflict, and touches nothing', async () => {
    await push('node', '1', 'one');
    await push('node', '2', 'two');
    await mono('install', 'node:1');
    git('init', '-q', '-b', 'main');
    commit('node');
    git('checkout', '-q', '-b', 'one');
    await mono('install', 'node:2');
    commit('two');
    git('checkout', '-q', 'main');
    await push('node', '1', 'moved');
    await mono('upgrade');
    commit('moved');
    expect(() => git('merge', '-q', 'one')).toThrow();
    git('checkout', '--theirs', 'mono.yaml');
    const conflicted = lock();

    const run = await mono('install');

    expect(run.exitCode).toBe(2);
    expect(run.stderr).toMatch(/mono\.lock:\d+:1`: a merge left a conflict here/);
    expect(lock()).toBe(conflicted);
  });

  it('fails frozen before any network, with the difference', async () => {
    await push('app', '1', 'one');
    await mono('install', 'app:1');
    writeUserConfig(place.home, { 'docker.io': 'http://127.0.0.1:1' });
    const yaml = join(place.cwd, 'mono.yaml');
    const edited = readFileSync(yaml, 'utf8').replace('app:1', 'app:2');
    execFileSync('tee', [yaml], { input: edited, stdio: ['pipe', 'ignore', 'inherit'] });

    const run = await mono('install', '--frozen-lockfile');

    expect(run.exitCode).toBe(1);
    expect(run.stderr).toContain('code: LOCKFILE_OUTDATED');
    expect(run.stderr).toContain(
      '~ app: mono.yaml has docker.io/library/app:2, mono.lock has docker.io/library/app:1',
    );
  });

  it('holds every platform, and the roots of those that were built', async () => {
    await push('app', '1', 'one');
    await mono('install', 'app:1');
    const once = lock().match(/root: /g);

    await mono('install', '--platform', 'linux/arm64');

    expect(lock()).toMatch(/ {6}linux\/amd64:\n {8}manifest: sha256:\w+\n/);
    expect([once?.length, lock().match(/root: /g)?.length]).toEqual([1, 2]);
    expect(await mono('install', '--offline')).toMatchObject({ exitCode: 0 });
  });
});

describe('the store', () => {
  it('takes no new byte for a retag', async () => {
    await push('app', '1.0.0', 'same');
    await mono('install', 'app:1.0.0');
    const before = packBytes();
    await push('app', '1.0.1', 'same');

    const installed = await mono('install', '--json', 'app:1.0.1');

    const { images } = JSON.parse(installed.stdout) as { images: { fetchedBytes: number }[] };
    expect(images).toMatchObject([{ version: '1.0.1', fetchedBytes: 0 }]);
    expect(packBytes()).toBe(before);
  });

  it('takes at most 15 % more for a release in which little changed', async () => {
    await push('dev', '1.0.0', 'one');
    await mono('install', 'dev:1.0.0');
    const before = packBytes();
    await push('dev', '1.1.0', 'two');

    await mono('install', 'dev:1.1.0');

    expect(packBytes() - before).toBeGreaterThan(0);
    expect((packBytes() - before) / before).toBeLessThanOrEqual(0.15);
  });
});

async function push(name: string, tag: string, release: string): Promise<void> {
  await pushBusybox(registry, `library/${name}`, { tag, release });
}

async function mono(...args: string[]): Promise<MonoRun> {
  return runMono(args, place);
}

function git(...args: string[]): string {
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.org'];
  return execFileSync('git', [...identity, ...args], {
    cwd: place.cwd,
    encoding: 'utf8',
    stdio: 'pipe',
  });
}

function commit(message: string): void {
  git('add', '.');
  git('commit', '-q', '-m', message);
}

function lock(): string {
  return readFileSync(join(place.cwd, 'mono.lock'), 'utf8');
}

function packBytes(): number {
  const directory = join(place.home, 'store/packs');
  return readdirSync(directory).reduce(
    (sum, name) => sum + statSync(join(directory, name)).size,
    0,
  );
}
