import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pushBusybox, type BusyboxImage } from '../support/busybox-image.js';
import { startDockerRegistry, type DockerRegistry } from '../support/docker-registry.js';
import { readSchema, schemaFaults } from '../support/json-schema.js';
import { runMono, writeUserConfig, type MonoRun } from '../support/mono.js';

const scratch = mkdtempSync(join(tmpdir(), 'mono-e2e-'));
const place = { cwd: join(scratch, 'project'), home: join(scratch, 'home') };
const digests = new Map<string, string>();
let registry: DockerRegistry;

beforeAll(async () => {
  registry = await startDockerRegistry();
  mkdirSync(place.cwd);
  writeUserConfig(place.home, { 'docker.io': registry.url });
  await mono('init');
  await install({ tag: 'base' });
  await install({ tag: 'ours', release: 'ours' });
  await install({ tag: 'theirs', files: { 'etc/extra': 'extra\n' } });
  await install({ tag: 'rival', release: 'rival!' });
});

afterAll(async () => {
  await registry.stop();
  rmSync(scratch, { recursive: true, force: true });
});

/** One story: each step starts from what the step before left. */
describe('mono diff and mono merge', () => {
  it('say what differs between two images, by name, requirement and digest', async () => {
    const byName = await mono('diff', 'base', 'theirs');
    const byRequirement = await mono('diff', 'docker.io/library/busybox:base', 'busybox:theirs');
    const byDigest = await mono('diff', digest('base'), `busybox@${digest('theirs')}`);

    expect(byName).toEqual({ exitCode: 0, stderr: '', stdout: 'A /etc/extra\n' });
    expect(byRequirement).toEqual(byName);
    expect(byDigest).toEqual(byName);
  });

  it('say how much differs, and print a document', async () => {
    const stat = await mono('diff', 'base', 'ours', '--stat');
    const printed = await mono('diff', 'base', 'ours', '--json');

    const document = JSON.parse(printed.stdout) as Record<string, unknown>;
    expect(stat.stdout).toBe('0 added, 0 removed, 1 changed, 0 renamed; +5 B -2 B\n');
    expect(schemaFaults(document, readSchema('diff.json'))).toEqual([]);
    expect(document['differences']).toMatchObject([{ path: '/etc/release', aspects: ['content'] }]);
  });

  it('merge what two images changed', async () => {
    const merged = await mono('merge', 'ours', 'theirs', '--base', 'base', '-t', 'both');
    const printed = await mono('diff', 'base', 'both');

    expect(merged.exitCode).toBe(0);
    expect(merged.stdout).toMatch(/^root: +baf[a-z2-7]+\nversion: baf[a-z2-7]+\n$/);
    expect(merged.stderr).toBe('Kept as both\n');
    expect(printed.stdout).toBe('A /etc/extra\nM /etc/release  content\n');
  });

  it('find a merged version by its CID and its root, and start from its history', async () => {
    const again = await mono('merge', 'ours', 'theirs', '--base', 'base', '--json');
    const document = JSON.parse(again.stdout) as { merged: { root: string; version: string } };

    const { root, version } = document.merged;
    const same = await mono('diff', root, version);
    const forward = await mono('merge', 'both', version, '-m', 'nothing new', '--json');

    expect(schemaFaults(document, readSchema('merge.json'))).toEqual([]);
    expect(same).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(JSON.parse(forward.stdout)).toMatchObject({ merged: { version }, base: { version } });
  });

  it('show both sides of a conflict, keep nothing, and end with exit code 15', async () => {
    const merged = await mono('merge', 'ours', 'rival', '--base', 'base', '-t', 'never');
    const printed = await mono('merge', 'ours', 'rival', '--base', 'base', '--json');

    expect(merged.exitCode).toBe(15);
    expect(merged.stdout.replaceAll(/baf[a-z2-7]+/g, 'CID')).toBe(
      [
        'C /etc/release  modify/modify',
        '    base:   file 0644 0:0 @0.000000000 2 B CID',
        '    ours:   file 0644 0:0 @0.000000000 5 B CID',
        '    theirs: file 0644 0:0 @0.000000000 7 B CID',
        '',
      ].join('\n'),
    );
    expect(printed.exitCode).toBe(15);
    expect(JSON.parse(printed.stdout)).toMatchObject({ merged: null, conflicts: [{}] });
    expect(await mono('diff', 'base', 'never')).toMatchObject({ exitCode: 10 });
  });

  it('outlive the images that were merged, until the version is removed', async () => {
    await mono('remove', 'ours', 'theirs');
    await mono('gc');

    const kept = await mono('diff', 'base', 'both', '--stat');
    const { merged } = JSON.parse(
      (await mono('merge', 'both', 'both', '-t', 'both', '--json')).stdout,
    ) as { merged: { version: string } };
    const removed = await mono('remove', 'version', 'both', merged.version, '--json');
    await mono('gc');
    const gone = await mono('diff', 'base', merged.version);

    expect(kept.stdout).toContain('1 added');
    expect(schemaFaults(JSON.parse(removed.stdout), readSchema('remove-version.json'))).toEqual([]);
    expect(gone).toMatchObject({ exitCode: 10 });
    expect(gone.stderr).toContain('code: VERSION_NOT_FOUND\n');
  });

  it('say that an image or a version does not exist', async () => {
    const misspelt = await mono('diff', 'base', 'rivel');
    const unknown = await mono('remove', 'version', 'never');

    expect(misspelt).toMatchObject({ exitCode: 10 });
    expect(misspelt.stderr).toContain('hint: Did you mean `rival`?\n');
    expect(unknown).toMatchObject({ exitCode: 10 });
  });
});

async function install(image: BusyboxImage): Promise<void> {
  digests.set(image.tag, await pushBusybox(registry, 'library/busybox', image));
  await mono('install', '--name', image.tag, `busybox:${image.tag}`);
}

function digest(tag: string): string {
  return digests.get(tag) ?? '';
}

async function mono(...args: string[]): Promise<MonoRun> {
  return runMono(args, place);
}
