import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Explanation, ImageContent } from '../../../src/lib/project/inspect/why.js';
import type { DiskUsage } from '../../../src/lib/project/usage/disk-usage.js';
import { pushBusybox } from '../../support/busybox-image.js';
import { startDockerRegistry, type DockerRegistry } from '../../support/docker-registry.js';
import { readSchema, schemaFaults } from '../../support/json-schema.js';
import { runMono, writeUserConfig, type MonoRun } from '../../support/mono.js';
import { pseudoRandomBytes } from '../../support/random-bytes.js';

const scratch = mkdtempSync(join(tmpdir(), 'mono-usage-'));
const place = { cwd: join(scratch, 'project'), home: join(scratch, 'home') };
let registry: DockerRegistry;

beforeAll(async () => {
  registry = await startDockerRegistry();
  mkdirSync(place.cwd);
  writeUserConfig(place.home, { 'docker.io': registry.url });
  const noise = Buffer.from(pseudoRandomBytes(400_000, 7)).toString('base64');
  await pushBusybox(registry, 'library/small', { tag: '1' });
  await pushBusybox(registry, 'library/large', { tag: '1', files: { 'etc/noise': noise } });
  await mono('install', 'small:1');
  await mono('install', 'large:1');
});

afterAll(async () => {
  await registry.stop();
  rmSync(scratch, { recursive: true, force: true });
});

describe('mono why', () => {
  it('tells which image, layer and chunks hold a file', async () => {
    const { contents } = await why('/etc/noise');

    expect(contents).toHaveLength(1);
    expect(contents[0]).toMatchObject({
      role: 'path',
      image: 'large',
      path: '/etc/noise',
      kind: 'file',
      layer: { diffId: expect.stringMatching(/^sha256:/) as string },
      sizeBytes: 533_336,
    });
    expect(contents[0]?.chunks.length).toBeGreaterThan(1);
  });

  it('tells of a path in every image that has it', async () => {
    expect((await why('/etc/passwd')).contents.map(({ image }) => image).sort()).toEqual([
      'large',
      'small',
    ]);
    expect((await why('/etc/')).contents[0]).toMatchObject({ kind: 'directory', chunks: [] });
  });

  it('leads from a chunk to the file, layer, image and lockfile that it is there for', async () => {
    const [noise] = (await why('/etc/noise')).contents as [ImageContent];

    const { contents } = await why(noise.chunks[1] ?? '');
    const { stdout } = await mono('why', noise.chunks[1] ?? '');

    expect(contents).toMatchObject([{ ...noise, role: 'chunk', chunk: 2 }]);
    expect(stdout.replaceAll(place.cwd, 'DIR').replaceAll(/(sha256:|bafyrei)\w+/g, '$1…'))
      .toMatchInlineSnapshot(`
      "DIR/mono.lock
      └ image large (linux/amd64), docker.io/library/large:1
        └ layer sha256:…
          └ file /etc/noise
            └ content bafyrei… (533.3 kB in 5 chunks)
              └ chunk 2 of 5
      "
    `);
  });

  it('leads from the CID of a content to its file', async () => {
    const [noise] = (await why('/etc/noise')).contents as [ImageContent];

    expect((await why(noise.content ?? '')).contents).toMatchObject([
      { role: 'content', path: '/etc/noise', chunk: null },
    ]);
  });

  it.each(['/etc/nothing', '/../etc', `bafkrei${'a'.repeat(52)}`])('refuses %s', async (text) => {
    const run = await mono('why', text);

    expect(run.stdout).toBe('');
    expect([2, 10]).toContain(run.exitCode);
  });
});

describe('mono du', () => {
  it('counts what is shared once for each image, and what is needed once', async () => {
    const { images, store, totalBytes } = await usage();
    const [small, large] = images.sort((a, b) => (a.names[0]! > b.names[0]! ? -1 : 1));

    expect(images.map(({ names }) => names)).toEqual([['small'], ['large']]);
    expect(small?.sharedBytes).toBe(large?.sharedBytes);
    expect(large!.ownBytes).toBeGreaterThan(400_000);
    expect(small!.ownBytes + large!.ownBytes + small!.sharedBytes).toBe(store.neededBytes);
    expect(store.diskBytes).toBeGreaterThan(store.neededBytes);
    expect(totalBytes).toBeGreaterThan(store.diskBytes);
  });

  it('says what removing an image frees: exactly its own blocks', async () => {
    const before = await usage();
    const own = before.images.find(({ names }) => names.includes('large'))?.ownBytes ?? 0;
    await mono('remove', 'large');

    await mono('gc');

    const after = await usage();
    expect(before.store.neededBytes - after.store.neededBytes).toBe(own);
    expect(after.images).toMatchObject([{ names: ['small'], sharedBytes: 0 }]);
  });

  it('prints a table within 80 columns', async () => {
    const { stdout } = await mono('du');

    expect(stdout).toMatch(/^IMAGE +VERSION +OWN +SHARED +ROOTFS$/m);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});

async function why(subject: string): Promise<Explanation> {
  const { stdout } = await mono('why', subject, '--json');
  const document = JSON.parse(stdout) as Explanation;
  expect(schemaFaults(document, readSchema('why.json'))).toEqual([]);
  return document;
}

async function usage(): Promise<
  { -readonly [K in keyof DiskUsage]: DiskUsage[K] } & { images: DiskUsage['images'][number][] }
> {
  const { stdout } = await mono('du', '--json');
  const document = JSON.parse(stdout) as DiskUsage & { images: DiskUsage['images'][number][] };
  expect(schemaFaults(document, readSchema('du.json'))).toEqual([]);
  return document;
}

async function mono(...args: string[]): Promise<MonoRun> {
  return runMono(args, place);
}
