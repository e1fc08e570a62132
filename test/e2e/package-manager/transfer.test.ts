/*
 * What leaves and enters the store, judged by the programs of others: skopeo, umoci, fsck.erofs, tar,
 * @ipld/car and Debian's registry.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CarReader } from '@ipld/car';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pushBusybox } from '../../support/busybox-image.js';
import { startDockerRegistry, type DockerRegistry } from '../../support/docker-registry.js';
import { httpRequest } from '../../support/http-request.js';
import { readSchema, schemaFaults } from '../../support/json-schema.js';
import { runMono, writeUserConfig, type MonoRun } from '../../support/mono.js';

let directory: string;
let home: string;
let project: string;
let registry: DockerRegistry;
let other: DockerRegistry;
let index: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'mono-transfer-'));
  [home, project] = [join(directory, 'home'), join(directory, 'project')];
  mkdirSync(project);
  registry = await startDockerRegistry();
  other = await startDockerRegistry();
  writeUserConfig(home, { 'one.test': registry.url, 'two.test': other.url });
  index = await pushBusybox(registry, 'team/box', { tag: '1.0.0' });
  await pushBusybox(registry, 'team/box', { tag: '1.1.0', release: '2' });
  await mono('init');
  await mono('install', 'one.test/team/box:1.0.0');
  await mono('install', 'one.test/team/box:1.1.0', '--name', 'newer');
}, 60_000);

afterAll(async () => {
  await registry.stop();
  await other.stop();
  rmSync(directory, { recursive: true, force: true });
});

describe('mono export', () => {
  it('writes an archive that skopeo reads, with the manifest and the layers of the registry', async () => {
    const report = await json('export', 'box', '-o', 'box.tar');

    expect(faults(report, 'export')).toEqual([]);
    expect(report).toMatchObject({ exact: true, platforms: ['linux/amd64'] });
    const ours = inspect('oci-archive:box.tar');
    const theirs = inspect(`docker://${registry.host}/team/box:1.0.0`);
    expect(ours.Layers).toEqual(theirs.Layers);
    expect(ours.Digest).toBe(report['digest']);
    expect(manifestsOf(await indexBytes())).toContain(report['digest']);
  });

  it('writes the index too, once every platform of it is installed', async () => {
    await mono('install', '--platform', 'linux/arm64');

    const report = await json('export', 'box', '-o', 'both', '--format', 'oci');

    expect(report).toMatchObject({ digest: index, platforms: ['linux/amd64', 'linux/arm64'] });
    skopeo('copy', '--all', 'oci:both:1.0.0', `docker://${other.host}/copied/box:1`);
    expect(await digestAt(other, 'copied/box', '1')).toBe(index);
  });

  it('writes a layout that umoci unpacks to the same tree', async () => {
    await mono('export', 'newer', '-o', 'unpacked', '--format', 'dir');
    await mono('export', 'newer', '-o', 'layout', '--format', 'oci', '--platform', 'linux/amd64');
    run('umoci', 'unpack', '--keep-dirlinks', '--image', 'layout:1.1.0', 'bundle');

    run('diff', '--recursive', '--no-dereference', 'bundle/rootfs', 'unpacked');
    expect(statSync(join(project, 'unpacked/bin/busybox')).mode & 0o7777).toBe(
      statSync(join(project, 'bundle/rootfs/bin/busybox')).mode & 0o7777,
    );
  });

  it('writes a CAR file with the root that is locked, for any reader', async () => {
    const { root } = await json('export', 'box', '-o', 'box.car', '--format', 'car');
    const car = await CarReader.fromBytes(readFileSync(join(project, 'box.car')));
    const roots = await car.getRoots();

    expect(roots[0]?.toString()).toBe(root);
    expect(readFileSync(join(project, 'mono.lock'), 'utf8')).toContain(String(root));
  });

  it('writes an image that fsck.erofs accepts, and a tar archive that tar lists', async () => {
    await mono('export', 'box', '-o', 'box.erofs', '--format', 'erofs');
    await mono('export', 'box', '-o', 'tree.tar', '--format', 'tar');

    run('fsck.erofs', 'box.erofs');
    expect(run('tar', '-tf', 'tree.tar')).toContain('bin/busybox\n');
  });

  it('writes to standard output what can be a stream, and nothing else', async () => {
    const piped = await mono('export', 'box', '-o', '-', '--format', 'car');
    const refused = await attempt('export', 'box', '-o', '-', '--format', 'erofs');

    expect(piped.stdout.length).toBeGreaterThan(100_000);
    expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
  });

  it('says what to do where the bytes cannot be had again', async () => {
    const refused = await attempt('export', 'box', '-o', 'x.tar', '--offline', '--json');
    const flat = await json('export', 'box', '-o', 'flat.tar', '--offline', '--flatten');

    expect(refused.stdout).toContain('EXPORT_NOT_EXACT');
    expect(refused.stdout).toContain('--flatten');
    expect(flat).toMatchObject({ exact: false });
    expect(inspect('oci-archive:flat.tar').Layers).toHaveLength(1);
  });
});

describe('mono push', () => {
  it('puts an image into another registry, its index and manifests byte for byte', async () => {
    const report = await json('push', 'box', 'two.test/mirror/box:1.0.0');

    expect(faults(report, 'push')).toEqual([]);
    expect(report).toMatchObject({ digest: index, exact: true });
    expect(await digestAt(other, 'mirror/box', '1.0.0')).toBe(index);
    skopeo('copy', `docker://${other.host}/mirror/box:1.0.0`, 'oci:again:1.0.0');
    expect(inspect('oci:again:1.0.0').Layers).toEqual(
      inspect(`docker://${registry.host}/team/box:1.0.0`).Layers,
    );
  });

  it('sends nothing twice, and takes over what another repository of the registry has', async () => {
    const again = await json('push', 'box', 'two.test/mirror/box:again');
    const mounted = await json('push', 'box', 'one.test/elsewhere/box');

    expect(outcomes(again)).toEqual(new Set(['present']));
    expect(outcomes(mounted)).toEqual(new Set(['mounted']));
    expect(mounted['destination']).toBe('one.test/elsewhere/box:latest');
  });

  it('makes an image of a merged version: the layers of its base and one of what changed', async () => {
    await mono('import', 'unpacked', '--name', 'theirs');
    await mono('merge', 'box', 'newer', '--base', 'box', '-t', 'merged');

    const report = await json('push', 'merged', 'two.test/made/box:2');

    expect(report).toMatchObject({ exact: false });
    const made = inspect(`docker://${other.host}/made/box:2`);
    expect(made.Layers).toHaveLength(2);
    expect(made.Layers[0]).toBe(inspect('oci-archive:box.tar').Layers[0]);
    skopeo('copy', `docker://${other.host}/made/box:2`, 'oci:merged:2');
    run('umoci', 'unpack', '--keep-dirlinks', '--image', 'merged:2', 'merged-bundle');
    expect(readFileSync(join(project, 'merged-bundle/rootfs/etc/release'), 'utf8')).toBe('2\n');
  });
});

describe('mono import', () => {
  it('reads what skopeo writes for Docker, and gives it out again as it came', async () => {
    skopeo(
      'copy',
      `docker://${registry.host}/team/box:1.0.0`,
      'docker-archive:docker.tar:x/box:1.0.0',
    );

    const report = await json('import', 'docker.tar', '--name', 'from-docker');
    rmSync(join(project, 'docker.tar'));
    const [first, second] = [
      await json('export', 'from-docker', '-o', 'a.tar', '--offline'),
      await json('export', 'box', '-o', 'b.car', '--format', 'car'),
    ];

    expect(faults(report, 'import')).toEqual([]);
    expect(report).toMatchObject({ kind: 'docker-archive', root: second['root'] });
    expect(first).toMatchObject({ exact: true, digest: report['manifest'] });
  });

  it('keeps the manifest of an archive, through a collection', async () => {
    const exported = await json('export', 'newer', '-o', 'newer.tar', '--platform', 'linux/amd64');
    const imported = await json('import', 'newer.tar', '--name', 'kept');
    await mono('remove', 'newer');
    await mono('gc');

    const again = await json('export', 'kept', '-o', 'kept.tar', '--offline', '--tag', '1.1.0');

    expect(imported['digest']).toBe(exported['digest']);
    expect(again).toMatchObject({ exact: true, digest: exported['digest'] });
    run('cmp', 'kept.tar', 'newer.tar');
  });

  it('gives a tree the same root, whichever way it goes', async () => {
    await mono('export', 'box', '-o', 'way.tar', '--format', 'tar');
    await mono('export', 'box', '-o', 'way.car', '--format', 'car');
    const { root } = await json('export', 'box', '-o', 'way', '--format', 'oci');
    run('gzip', '-k', 'way.tar');

    const roots = [];
    for (const file of ['way.tar', 'way.tar.gz', 'way.car', 'way']) {
      roots.push((await json('import', file, '--name', 'way'))['root']);
    }

    expect(roots).toEqual(Array(4).fill(root));
  });

  it('refuses a name that an image of the project has', async () => {
    expect(await attempt('import', 'way.tar', '--name', 'box')).toMatchObject({ exitCode: 1 });
  });
});

describe('mono install', () => {
  it('keeps the layers that it fetches when asked to, so that nobody need be asked for them', async () => {
    const own = { cwd: join(directory, 'keeping'), home: join(directory, 'keeping-home') };
    mkdirSync(own.cwd);
    writeUserConfig(own.home, { 'one.test': registry.url });
    const line = (text: string): Promise<MonoRun> => runMono(text.split(' '), own);

    const plain = await line('install one.test/team/box:1.0.0');
    const refused = await line('export box -o box.tar --offline');
    const keeping = await line('install one.test/team/box:1.1.0 --name newer --keep-blobs');
    await line('gc');
    const exported = await line('export newer -o newer.tar --offline --json');

    expect([plain.exitCode, keeping.exitCode, exported.exitCode]).toEqual([0, 0, 0]);
    expect(refused.stderr).toContain('--keep-blobs');
    expect(JSON.parse(exported.stdout)).toMatchObject({ exact: true });
    const ours = inspect(`oci-archive:${join(own.cwd, 'newer.tar')}`);
    expect(ours.Layers).toEqual(inspect(`docker://${registry.host}/team/box:1.1.0`).Layers);
  });

  it('takes images from files, locks them, and refuses other content under the same name', async () => {
    const place = join(directory, 'files');
    mkdirSync(place);
    const files = (...args: string[]): Promise<MonoRun> => runMono(args, { cwd: place, home });
    run('cp', '-r', 'way', join(place, 'layout'));
    expect((await files('init')).exitCode).toBe(0);

    const installed = await files('install', 'oci:layout:1.0.0', '--name', 'box');
    const lock = readFileSync(join(place, 'mono.lock'), 'utf8');
    const frozen = await files('install', '--frozen-lockfile', '--offline');
    writeFileSync(join(place, 'mono.lock'), lock.replaceAll(index, `sha256:${'0'.repeat(64)}`));
    const pushed = await files('push', 'box', 'two.test/from/files:1');

    expect(installed.exitCode).toBe(0);
    expect(frozen.exitCode).toBe(0);
    expect(lock).toContain('resolved: oci:./layout:1.0.0');
    expect(lock).toContain(`digest: ${index}`);
    expect(pushed.exitCode).toBe(0);
    expect(await digestAt(other, 'from/files', '1')).toBe(index);
  });
});

async function attempt(...args: string[]): Promise<MonoRun> {
  return runMono(args, { cwd: project, home });
}

async function mono(...args: string[]): Promise<MonoRun> {
  const result = await attempt(...args);
  if (result.exitCode !== 0) throw new Error(`mono ${args.join(' ')}: ${result.stderr}`);
  return result;
}

async function json(...args: string[]): Promise<Record<string, unknown>> {
  return JSON.parse((await mono(...args, '--json')).stdout) as Record<string, unknown>;
}

function faults(report: unknown, name: string): string[] {
  return schemaFaults(report, readSchema(`${name}.json`));
}

function run(program: string, ...args: string[]): string {
  return execFileSync(program, args, { cwd: project, encoding: 'utf8', stdio: 'pipe' });
}

function skopeo(command: string, ...args: string[]): string {
  const insecure = ['--src-tls-verify=false', '--dest-tls-verify=false'];
  return run('skopeo', command, '--quiet', '--insecure-policy', ...insecure, ...args);
}

function inspect(image: string): { readonly Digest: string; readonly Layers: readonly string[] } {
  return JSON.parse(run('skopeo', 'inspect', '--tls-verify=false', image)) as never;
}

async function digestAt(target: DockerRegistry, repository: string, tag: string) {
  const accept =
    'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json';
  const url = `${target.url}/v2/${repository}/manifests/${tag}`;
  return (await httpRequest(url, { headers: { accept } })).headers['docker-content-digest'];
}

async function indexBytes(): Promise<string> {
  const accept = 'application/vnd.oci.image.index.v1+json';
  const url = `${registry.url}/v2/team/box/manifests/1.0.0`;
  return (await httpRequest(url, { headers: { accept } })).body.toString();
}

function manifestsOf(text: string): string[] {
  const { manifests } = JSON.parse(text) as { manifests: { digest: string }[] };
  return manifests.map(({ digest }) => digest);
}

function outcomes(report: Record<string, unknown>): Set<string> {
  return new Set((report['blobs'] as { outcome: string }[]).map(({ outcome }) => outcome));
}
