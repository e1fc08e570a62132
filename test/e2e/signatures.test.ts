import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pushBusybox } from '../support/busybox-image.js';
import { cosignKey, cosignSign } from '../support/cosign.js';
import { startDockerRegistry, type DockerRegistry } from '../support/docker-registry.js';
import { runMono, type MonoRun } from '../support/mono.js';

const scratch = mkdtempSync(join(tmpdir(), 'mono-signed-'));
const place = { cwd: join(scratch, 'project'), home: join(scratch, 'home') };
const key = cosignKey();
let registry: DockerRegistry;
let digest: string;

beforeAll(async () => {
  registry = await startDockerRegistry();
  mkdirSync(place.cwd);
  mkdirSync(place.home);
  writeFileSync(join(place.home, 'acme.pub'), key.publicPem);
  writeFileSync(
    join(place.home, 'config.yaml'),
    `registries:
  docker.io: { endpoint: ${registry.url} }
signatures:
  docker.io/acme/*: { key: ${join(place.home, 'acme.pub')} }
`,
  );
  digest = await pushBusybox(registry, 'acme/app', { tag: '1.0.0' });
  await pushBusybox(registry, 'free/app', { tag: '1.0.0' });
});

afterAll(async () => {
  await registry.stop();
  rmSync(scratch, { recursive: true, force: true });
});

/** One story: each step starts from what the step before left. */
describe('mono install with a rule about signatures', () => {
  it('refuses an image without one, and writes nothing', async () => {
    const run = await mono('install', 'acme/app@^1');

    expect(run.exitCode).toBe(14);
    expect(run.stderr).toContain('SIGNATURE_INVALID');
    expect(run.stderr).toContain('it is not signed');
    expect(existsSync(join(place.cwd, 'mono.lock'))).toBe(false);
  });

  it('asks nothing of other repositories', async () => {
    expect((await mono('install', 'free/app@^1', '--name', 'free')).exitCode).toBe(0);
  });

  it('installs a signed image', async () => {
    await cosignSign(registry, { repository: 'acme/app', digest, key });

    expect((await mono('install', 'acme/app@^1')).exitCode).toBe(0);
  });

  it('does not take a lock for a signature', async () => {
    writeFileSync(join(place.home, 'acme.pub'), cosignKey().publicPem);
    rmSync(join(place.home, 'images.db'));

    const run = await mono('install', '--frozen-lockfile');

    expect(run.exitCode).toBe(14);
    expect(run.stderr).toContain('it is by another key');
  });
});

async function mono(...args: string[]): Promise<MonoRun> {
  return runMono(args, place);
}
