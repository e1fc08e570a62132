/*
 * An image for several platforms, of which one is installed, on its way from one of Debian's registries
 * to another; judged by skopeo.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pushBusybox } from '../../support/busybox-image.js';
import { startDockerRegistry, type DockerRegistry } from '../../support/docker-registry.js';
import { httpRequest } from '../../support/http-request.js';
import { readSchema, schemaFaults } from '../../support/json-schema.js';
import { runMono, writeUserConfig, type MonoRun } from '../../support/mono.js';
import { ociDigest } from '../../support/oci-layout.js';
import { OCI_INDEX, OCI_MANIFEST, pushArtifact } from '../../support/push-artifact.js';

const scratch = mkdtempSync(join(tmpdir(), 'mono-platforms-'));
const place = { cwd: join(scratch, 'project'), home: join(scratch, 'home') };
let source: DockerRegistry;
let target: DockerRegistry;
let digest: string;

beforeAll(async () => {
  source = await startDockerRegistry();
  target = await startDockerRegistry();
  mkdirSync(place.cwd);
  writeUserConfig(place.home, { 'one.test': source.url, 'two.test': target.url });
  await pushBusybox(source, 'team/box', { tag: 'plain' });
  digest = await addAttestation('team/box');
  await mono('init');
  await mono('install', 'one.test/team/box:1.0.0');
});

afterAll(async () => {
  await source.stop();
  await target.stop();
  rmSync(scratch, { recursive: true, force: true });
});

describe('mono push of an image for several platforms', () => {
  it('puts the installed one alone, and says so', async () => {
    const told = await mono('push', 'box', 'two.test/alone/box:1');
    const report = JSON.parse(
      (await mono('push', 'box', 'two.test/alone/box:1', '--json')).stdout,
    ) as { digest: string };

    expect(schemaFaults(report, readSchema('push.json'))).toEqual([]);
    expect(report).toMatchObject({
      mediaType: OCI_MANIFEST,
      platforms: ['linux/amd64'],
      omittedPlatforms: ['linux/arm64', 'unknown/unknown'],
    });
    expect(told.stderr).toContain('linux/arm64');
    expect(told.stderr).toContain('--all-platforms');
    expect(rawDigest(target, 'alone/box:1')).toBe(report.digest);
  });

  it('says nothing when this platform is asked for', async () => {
    const run = await mono('push', 'box', 'two.test/one/box:1', '--platform', 'linux/amd64');

    expect(run.stderr).not.toContain('--all-platforms');
  });

  it('puts all with `--all-platforms`: index, images and attestations, byte for byte', async () => {
    const lock = readFileSync(join(place.cwd, 'mono.lock'), 'utf8');

    const run = await mono('push', 'box', 'two.test/all/box:1', '--all-platforms', '--json');

    expect(JSON.parse(run.stdout)).toMatchObject({
      digest,
      platforms: ['linux/amd64', 'linux/arm64'],
      omittedPlatforms: [],
      exact: true,
    });
    expect(rawDigest(target, 'all/box:1')).toBe(digest);
    const all = ['--all', '--src-tls-verify=false', `docker://${target.host}/all/box:1`];
    skopeo('copy', ...all, `oci:${join(scratch, 'copied')}:1`);
    expect(readFileSync(join(scratch, 'copied/index.json'), 'utf8')).toContain(digest);
    expect(readFileSync(join(place.cwd, 'mono.lock'), 'utf8')).toBe(lock);
  });

  it('takes over what another repository of the same registry has', async () => {
    const run = await mono('push', 'box', 'one.test/other/box:1', '--all-platforms', '--json');

    const { blobs } = JSON.parse(run.stdout) as { blobs: { outcome: string }[] };
    expect(new Set(blobs.map(({ outcome }) => outcome))).toEqual(new Set(['mounted']));
    expect(rawDigest(source, 'other/box:1')).toBe(digest);
  });

  it('does not mix what excludes each other', async () => {
    const line = ['push', 'box', 'two.test/x:1', '--all-platforms', '--flatten'];

    expect((await runMono(line, place)).exitCode).toBe(2);
  });
});

describe('mono export of an image for several platforms', () => {
  it('writes all with `--all-platforms`, and says who must be asked for it', async () => {
    const run = await mono('export', 'box', '-o', 'box.tar', '--all-platforms', '--json');
    const line = ['export', 'box', '-o', 'x.tar', '--all-platforms', '--offline'];
    const offline = await runMono(line, place);

    expect(JSON.parse(run.stdout)).toMatchObject({ digest, omittedPlatforms: [] });
    const copy = ['--all', `oci-archive:${join(place.cwd, 'box.tar')}:1.0.0`];
    skopeo('copy', '--dest-tls-verify=false', ...copy, `docker://${target.host}/exported/box:1`);
    expect(rawDigest(target, 'exported/box:1')).toBe(digest);
    expect(offline.stderr).toContain('EXPORT_NOT_EXACT');
  });
});

/** Makes the index `1.0.0` of `plain` with an attestation in it, as builders write them. */
async function addAttestation(repository: string): Promise<string> {
  const url = `${source.url}/v2/${repository}/manifests`;
  const plain = await httpRequest(`${url}/plain`, { headers: { accept: OCI_INDEX } });
  const index = JSON.parse(plain.body.toString()) as { manifests: object[] };
  await pushArtifact(
    source,
    { repository, tag: 'attestation' },
    {
      configMediaType: 'application/vnd.oci.image.config.v1+json',
      layers: [{ mediaType: 'application/vnd.in-toto+json', text: '{"about":"box"}' }],
    },
  );
  const { body } = await httpRequest(`${url}/attestation`, { headers: { accept: OCI_MANIFEST } });
  const attestation = {
    mediaType: OCI_MANIFEST,
    digest: ociDigest(body),
    size: body.length,
    platform: { os: 'unknown', architecture: 'unknown' },
    annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
  };
  const text = JSON.stringify({ ...index, manifests: [...index.manifests, attestation] });
  const headers = { 'content-type': OCI_INDEX };
  await httpRequest(`${url}/1.0.0`, { method: 'PUT', body: Buffer.from(text), headers });
  return ociDigest(Buffer.from(text));
}

/** Returns the digest of what a tag names, as it comes. */
function rawDigest({ host }: DockerRegistry, name: string): string {
  const raw = ['inspect', '--raw', '--tls-verify=false', `docker://${host}/${name}`];
  return ociDigest(execFileSync('skopeo', raw));
}

function skopeo(command: string, ...args: string[]): void {
  execFileSync('skopeo', [command, '--quiet', '--insecure-policy', ...args], { stdio: 'pipe' });
}

async function mono(...args: string[]): Promise<MonoRun> {
  const run = await runMono(args, place);
  if (run.exitCode !== 0) throw new Error(`mono ${args.join(' ')}: ${run.stderr}`);
  return run;
}
