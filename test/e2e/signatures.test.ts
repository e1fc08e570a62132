import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pushBusybox } from '../support/busybox-image.js';
import { cosignKey, cosignSign, cosignSignBundle } from '../support/cosign.js';
import { startDockerRegistry, type DockerRegistry } from '../support/docker-registry.js';
import { readSchema, schemaFaults } from '../support/json-schema.js';
import { runMono, type MonoRun } from '../support/mono.js';

const scratch = mkdtempSync(join(tmpdir(), 'mono-signed-'));
const place = { cwd: join(scratch, 'project'), home: join(scratch, 'home') };
const keyFile = join(place.home, 'acme.pub');
const key = cosignKey();
let registry: DockerRegistry;
let digest: string;
let freeDigest: string;

beforeAll(async () => {
  registry = await startDockerRegistry();
  mkdirSync(place.cwd);
  mkdirSync(place.home);
  writeFileSync(keyFile, key.publicPem);
  demand(`docker.io/acme/*: { key: ${keyFile} }`);
  digest = await pushBusybox(registry, 'acme/app', { tag: '1.0.0' });
  freeDigest = await pushBusybox(registry, 'free/app', { tag: '1.0.0' });
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

  it('installs a signed image, and locks by which key', async () => {
    await cosignSign(registry, { repository: 'acme/app', digest, key });

    expect((await mono('install', 'acme/app@^1')).exitCode).toBe(0);
    expect(lock()).toMatch(/ {4}signedBy: SHA256:[A-Za-z0-9+/]{43}\n/);
    expect(lock().match(/signedBy/g)).toHaveLength(1);
  });

  it('shows who signed it', async () => {
    const shown = await mono('inspect', 'app');
    const document: unknown = JSON.parse((await mono('inspect', 'app', '--json')).stdout);

    const fingerprint = / {4}signedBy: (.*)/.exec(lock())?.[1] ?? '';
    expect(shown.stdout).toContain(
      `signed by:    ${fingerprint} (demanded for docker.io/acme/*; simple-signing sha256:`,
    );
    expect(schemaFaults(document, readSchema('inspect.json'))).toEqual([]);
    expect(document).toMatchObject({
      locked: { signedBy: fingerprint },
      signature: { requiredBy: 'docker.io/acme/*', verified: { key: fingerprint } },
    });
  });

  it('checks again without a network what it has checked once', async () => {
    const lockText = lock();

    const run = await mono('install', '--frozen-lockfile', '--offline');

    expect(run.exitCode).toBe(0);
    expect(lock()).toBe(lockText);
  });

  it('asks about what is installed when the demand is newer', async () => {
    demand(`docker.io/*: { key: ${keyFile} }`);

    const offline = await mono('install', '--offline');
    const online = await mono('install');

    expect([offline.exitCode, online.exitCode]).toEqual([14, 14]);
    expect(offline.stderr).toContain('no signature of it is kept here');
    expect(online.stderr).toContain('it is not signed');
    expect((await mono('inspect', 'free')).stdout).toContain('nobody that is known here');
  });

  it('takes a bundle, where no repository need be named', async () => {
    demand(`docker.io/*: { key: ${keyFile}, identity: any }`);
    await cosignSignBundle(registry, { repository: 'free/app', digest: freeDigest, key });

    expect((await mono('install')).exitCode).toBe(0);
    expect(lock().match(/signedBy/g)).toHaveLength(2);
  });

  it('does not take a lock for a signature, nor what is kept of an old key', async () => {
    writeFileSync(keyFile, cosignKey().publicPem);

    const run = await mono('install', '--frozen-lockfile');
    const offline = await mono('install', '--frozen-lockfile', '--offline');

    expect([run.exitCode, offline.exitCode]).toEqual([14, 14]);
    expect(run.stderr).toContain('it is by another key');
  });
});

function demand(rule: string): void {
  const registries = `registries:\n  docker.io: { endpoint: ${registry.url} }\n`;
  writeFileSync(join(place.home, 'config.yaml'), `${registries}signatures:\n  ${rule}\n`);
}

function lock(): string {
  return readFileSync(join(place.cwd, 'mono.lock'), 'utf8');
}

async function mono(...args: string[]): Promise<MonoRun> {
  return runMono(args, place);
}
