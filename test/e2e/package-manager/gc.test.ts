import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RootLeases } from '../../../src/lib/project/gc/root-leases.js';
import { pushBusybox } from '../../support/busybox-image.js';
import { useInstalledProject } from '../../support/installed-project.js';
import { readSchema, schemaFaults } from '../../support/json-schema.js';

interface Report {
  readonly removedImages: readonly string[];
  readonly deletedBlocks: number;
  readonly reclaimedBytes: number;
  readonly rootfsBytes: number;
  readonly leftoverBytes: number;
}

const { place, mono } = useInstalledProject(async ({ registry, mono }) => {
  for (const tag of ['1.0.0', '1.1.0', '1.2.0']) {
    await pushBusybox(registry, 'library/app', { tag, release: tag });
    await mono('install', `app:${tag}`);
  }
});

describe('mono gc', () => {
  it('says in a dry run to the byte what it then frees', async () => {
    leaveBehind('cache/downloads/sha256-00.partial', { ageDays: 2, sizeBytes: 70_000 });
    leaveBehind('cache/.tmp-x', { ageDays: 2, sizeBytes: 5_000 });
    const before = spaceOf(place.home, /store\/packs|rootfs|downloads|\.tmp-/);

    const planned = await gc('--dry-run', '--keep', '0');
    const between = spaceOf(place.home, /store\/packs|rootfs|downloads|\.tmp-/);
    const done = await gc('--keep', '0');

    const { reclaimedBytes, rootfsBytes, leftoverBytes } = done;
    expect(planned).toEqual({ ...done, dryRun: true });
    expect(done.removedImages).toHaveLength(2);
    expect(between).toEqual(before);
    const after = spaceOf(place.home, /store\/packs|rootfs|downloads|\.tmp-/);
    expect(before.lengthBytes - after.lengthBytes).toBeGreaterThanOrEqual(reclaimedBytes);
    expect(before.packBytes - after.packBytes).toBe(reclaimedBytes);
    expect(before.rootfsBytes - after.rootfsBytes).toBe(rootfsBytes);
    expect(leftoverBytes).toBeGreaterThanOrEqual(75_000);
    expect(existsSync(join(place.home, 'cache/.tmp-x'))).toBe(false);
  });

  it('keeps the version before the present one, so that a rollback needs no network', async () => {
    const report = await gc();

    expect(report.removedImages).toHaveLength(1);
    expect(await mono('rollback', 'app', '--offline')).toMatchObject({ exitCode: 0 });
    expect(readFileSync(join(place.cwd, 'mono.lock'), 'utf8')).toContain('app:1.1.0');
    expect(await mono('rollback', 'app', '1.0.0', '--offline')).toMatchObject({ exitCode: 13 });
  });

  it('keeps as many earlier versions as --keep says', async () => {
    expect((await gc('--keep', '2')).removedImages).toEqual([]);
  });

  it('keeps nothing of an image that was removed', async () => {
    await mono('remove', 'app');

    expect((await gc('--keep', '2')).removedImages).toHaveLength(3);
  });

  it('keeps what was pulled within --grace, however little names it', async () => {
    await mono('remove', 'app');

    expect((await gc('--grace', '1h')).removedImages).toEqual([]);
    expect((await gc('--grace', '0')).removedImages).toHaveLength(3);
  });

  it('keeps the tree and the root filesystem that a process has leased', async () => {
    const root = /root: (\S+)/.exec(readFileSync(join(place.cwd, 'mono.lock'), 'utf8'))?.[1] ?? '';
    const lease = await new RootLeases(place.home).take(root, new AbortController().signal);
    await mono('remove', 'app');

    const held = await gc();
    const image = readdirSync(join(place.home, 'cache/rootfs')).filter((it) => it.startsWith(root));
    lease.release();

    expect(held.removedImages).toHaveLength(2);
    expect(image).toHaveLength(1);
    expect((await gc()).removedImages).toHaveLength(1);
  });

  it('leaves a download of today alone', async () => {
    leaveBehind('cache/downloads/sha256-00.partial', { ageDays: 0, sizeBytes: 70_000 });

    expect((await gc()).leftoverBytes).toBe(0);
    expect((await gc('--grace', '0')).leftoverBytes).toBeGreaterThanOrEqual(70_000);
  });

  it('refuses a time that is none, before it looks at anything', async () => {
    const run = await mono('gc', '--grace', 'tomorrow');

    expect(run).toMatchObject({ exitCode: 2 });
    expect(run.stderr).toContain('`24h`');
  });
});

function leaveBehind(
  path: string,
  { ageDays, sizeBytes }: { readonly ageDays: number; readonly sizeBytes: number },
): void {
  const full = join(place.home, path);
  mkdirSync(join(full, '..'), { recursive: true });
  writeFileSync(full, new Uint8Array(sizeBytes).fill(1));
  // Blocks are allocated when the file is written out.
  spawnSync('sync', [full]);
  const time = new Date(Date.now() - ageDays * 86_400_000 - 1_000);
  utimesSync(full, time, time);
}

interface Space {
  readonly lengthBytes: number;
  readonly packBytes: number;
  readonly rootfsBytes: number;
}

function spaceOf(directory: string, wanted: RegExp): Space {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((file) => wanted.test(file))
    .map((file) => ({ file, info: lstatSync(join(directory, file)) }))
    .filter(({ info }) => info.isFile());
  function sum(part: RegExp, size: (info: { size: number; blocks: number }) => number): number {
    return files.filter(({ file }) => part.test(file)).reduce((all, it) => all + size(it.info), 0);
  }
  return {
    lengthBytes: sum(/./, ({ size }) => size),
    packBytes: sum(/store\/packs/, ({ size }) => size),
    rootfsBytes: sum(/rootfs\//, ({ blocks }) => blocks * 512),
  };
}

async function gc(...flags: string[]): Promise<Report & { readonly dryRun: boolean }> {
  const { stdout, stderr } = await mono('gc', '--json', ...flags);
  const report = JSON.parse(stdout) as Report & { readonly dryRun: boolean };
  expect([schemaFaults(report, readSchema('gc.json')), stderr]).toEqual([[], '']);
  return report;
}
