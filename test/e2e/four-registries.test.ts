/*
 * Four real registries over TLS behind one configuration stand for docker.io, ghcr.io, quay.io and
 * sandboxes.io. Each lets clients in as its model does: Docker Hub with a token server on another host,
 * GHCR with tokens for anonymous pulls too, Quay with tokens for accounts only, the fourth with basic
 * authentication.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pushBusybox } from '../support/busybox-image.js';
import {
  startDockerRegistry,
  TEST_ACCOUNT,
  type DockerRegistry,
} from '../support/docker-registry.js';
import { runMono, type MonoRun } from '../support/mono.js';

const scratch = mkdtempSync(join(tmpdir(), 'mono-four-'));
const place = { cwd: join(scratch, 'project'), home: join(scratch, 'home') };
const account = `${TEST_ACCOUNT.username}:${TEST_ACCOUNT.password}`;

const MODELS = {
  'docker.io': { auth: 'token', issuerHost: 'localhost' },
  'ghcr.io': { auth: 'token' },
  'quay.io': { auth: 'token', anonymousPull: false },
  'sandboxes.io': { auth: 'htpasswd' },
} as const;
type Name = keyof typeof MODELS;
const NAMES = Object.keys(MODELS) as Name[];
const registries = new Map<Name, DockerRegistry>();

beforeAll(async () => {
  mkdirSync(place.cwd);
  mkdirSync(place.home);
  const lines = ['registries:'];
  for (const name of NAMES) {
    const registry = await startDockerRegistry({ ...MODELS[name], tls: true });
    registries.set(name, registry);
    const ca = join(place.home, `${name}.pem`);
    writeFileSync(ca, registry.caPem!);
    lines.push(`  ${name}: { endpoint: ${registry.url}, ca: ${ca} }`);
    await pushBusybox(registry, 'acme/app', { tag: '1.0.0', release: name });
  }
  writeFileSync(join(place.home, 'config.yaml'), `${lines.join('\n')}\n`);
});

afterAll(async () => {
  await Promise.all([...registries.values()].map((registry) => registry.stop()));
  rmSync(scratch, { recursive: true, force: true });
});

/** One story: each step starts from what the step before left. */
describe('mono install from four registries', () => {
  it.each(['docker.io', 'ghcr.io'])(
    'needs no account where %s gives tokens to all',
    async (name) => {
      const run = await install(name);

      expect(run.exitCode).toBe(0);
      const requests = registries.get(name as Name)!.issuer!.requests;
      expect(requests.length).toBeGreaterThan(0);
      expect(requests.every(({ authorization }) => authorization === undefined)).toBe(true);
      expect(requests[0]!.url.searchParams.get('scope')).toBe('repository:acme/app:pull');
    },
  );

  it.each(['quay.io', 'sandboxes.io'])('says that %s wants an account', async (name) => {
    const run = await install(name);

    expect(run.exitCode).toBe(12);
    expect(run.stderr).toContain(`run \`mono login ${name}\``);
  });

  it.each(['quay.io', 'sandboxes.io'])('shows the account of a login to %s', async (name) => {
    const args = ['login', name, '-u', TEST_ACCOUNT.username, '--password-stdin'];
    const login = await runMono(args, { ...place, stdin: TEST_ACCOUNT.password });

    const run = await install(name);

    expect([login.exitCode, run.exitCode]).toEqual([0, 0]);
  });

  it('takes an account from the environment for one registry and shows it to no other', async () => {
    const home = join(scratch, 'colleague');
    mkdirSync(home);
    writeFileSync(join(home, 'config.yaml'), readFileSync(join(place.home, 'config.yaml')));
    const before = registries.get('ghcr.io')!.issuer!.requests.length;
    const env = {
      MONO_CREDENTIALS_QUAY_IO: account,
      MONO_CREDENTIALS_SANDBOXES_IO: account,
    };

    const run = await runMono(['install', '--frozen-lockfile'], { ...place, home, env });

    expect(run.exitCode).toBe(0);
    const requests = registries.get('ghcr.io')!.issuer!.requests.slice(before);
    expect(requests.every(({ authorization }) => authorization === undefined)).toBe(true);
  });

  it('does not trust a registry whose CA is not configured', async () => {
    const home = join(scratch, 'stranger');
    mkdirSync(home);
    const { url } = registries.get('docker.io')!;
    writeFileSync(join(home, 'config.yaml'), `registries: { docker.io: { endpoint: "${url}" } }\n`);

    const run = await runMono(['tags', 'acme/app'], { ...place, home });

    expect(run.exitCode).toBe(13);
    expect(run.stderr).toContain('its certificate is not signed by a known authority');
  });
});

async function install(name: string): Promise<MonoRun> {
  return runMono(['install', `${name}/acme/app@^1`, '--name', name.split('.')[0]!], place);
}
