import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pushBusybox } from '../support/busybox-image.js';
import { startDockerRegistry, type DockerRegistry } from '../support/docker-registry.js';
import { readSchema, schemaFaults } from '../support/json-schema.js';
import { runMono, writeUserConfig, type MonoOptions, type MonoRun } from '../support/mono.js';

/** Booting in software emulation takes seconds, on a busy machine many. */
const BOOT_TIMEOUT_MS = 180_000;

const scratch = mkdtempSync(join(tmpdir(), 'mono-e2e-'));
let registry: DockerRegistry;
let places = 0;

beforeAll(async () => {
  registry = await startDockerRegistry();
  for (const tag of ['1.34.0', '1.35.0', '1.36.1', '1.36.1-musl']) {
    await pushBusybox(registry, 'library/busybox', { tag, release: tag });
  }
  await pushBusybox(registry, 'library/busybox', { tag: '1.35', release: '1.35.0' });
  await pushBusybox(registry, 'team/app', {
    tag: '1.0.0',
    config: {
      Env: ['PATH=/bin', 'GREETING=hello'],
      Entrypoint: ['/bin/sh', '-c', 'echo $GREETING $(id -u) $(pwd) "$@"', 'entry'],
      Cmd: ['from-image'],
      User: 'app',
      WorkingDir: '/tmp',
    },
  });
});

afterAll(async () => {
  await registry.stop();
  rmSync(scratch, { recursive: true, force: true });
});

describe('mono install and mono run', () => {
  it(
    'bring an image from a registry into a microVM and its exit code back',
    async () => {
      const place = newPlace();
      await mono(['init'], place);

      const installed = await mono(['install', 'docker.io/library/busybox:1.35'], place);
      const ran = await mono(
        ['run', 'busybox', '--', 'sh', '-c', 'cat /etc/release; echo err >&2; exit 7'],
        place,
      );

      expect(installed).toMatchObject({ exitCode: 0, stdout: '' });
      expect(installed.stderr).toContain('+ busybox 1.35 linux/amd64\n');
      expect(ran).toMatchObject({ exitCode: 7, stdout: '1.35.0\n' });
      expect(ran.stderr).toContain('err\n');
    },
    BOOT_TIMEOUT_MS,
  );

  it(
    'run what the image says, with variables, user, directory and stdin of the caller',
    async () => {
      const place = newPlace();
      await mono(['init'], place);
      await mono(['install', 'ghcr.io/team/app@^1'], place);

      const asIs = await mono(['run', 'app'], place);
      const changed = await mono(
        ['run', '-e', 'GREETING=bye', '-u', '0', '-w', '/etc', 'app', 'word', '--help'],
        place,
      );
      const piped = await mono(['run', '--entrypoint', 'cat', 'app'], {
        ...place,
        stdin: 'in\nput',
      });

      expect(asIs).toMatchObject({ exitCode: 0, stdout: 'hello 1000 /tmp from-image\n' });
      expect(changed).toMatchObject({ exitCode: 0, stdout: 'bye 0 /etc word --help\n' });
      expect(piped).toMatchObject({ exitCode: 0, stdout: 'in\nput' });
    },
    BOOT_TIMEOUT_MS,
  );

  it(
    'run a sandbox of mono.yaml, and install what is missing first',
    async () => {
      const place = newPlace();
      const sandbox =
        'web: { image: box, memory: 128MiB, env: { A: b }, command: [sh, -c, "echo $A"] }';
      writeFileSync(
        join(place.cwd, 'mono.yaml'),
        `images: { box: busybox@~1.36 }\nsandboxes:\n  ${sandbox}\n`,
      );

      const ran = await mono(['run', 'web'], place);

      expect(ran).toMatchObject({ exitCode: 0, stdout: 'b\n' });
      expect(read(place, 'mono.lock')).toContain('resolved: docker.io/library/busybox:1.36.1\n');
    },
    BOOT_TIMEOUT_MS,
  );

  it(
    'tell commands that do not exist or cannot be executed from those that fail',
    async () => {
      const place = newPlace();

      const missing = await mono(['run', 'busybox:1.35', 'no-such-command'], place);
      const unexecutable = await mono(['run', 'busybox:1.35', '/etc/passwd'], place);

      expect(missing.exitCode).toBe(127);
      expect(missing.stderr).toContain('code: VM_COMMAND_NOT_FOUND');
      expect(unexecutable.exitCode).toBe(126);
      expect(unexecutable.stderr).toContain('code: VM_COMMAND_NOT_EXECUTABLE');
      expect(existsSync(join(place.cwd, 'mono.lock'))).toBe(false);
    },
    BOOT_TIMEOUT_MS,
  );
});

describe('mono install', () => {
  it('gives the same lockfile and the same root filesystem on every machine', async () => {
    const [here, there] = [newPlace(), newPlace()];
    for (const place of [here, there]) {
      await mono(['init'], place);
      await mono(['install', 'busybox@^1.35'], place);
    }

    expect(read(there, 'mono.lock')).toBe(read(here, 'mono.lock'));
    expect(await exportedHash(there)).toBe(await exportedHash(here));
  });

  it('takes what is locked, without the registry, once it is installed', async () => {
    const place = newPlace();
    await mono(['init'], place);
    await mono(['install', 'busybox@^1.35'], place);
    writeUserConfig(place.home, { 'docker.io': 'http://127.0.0.1:1' });

    const again = await mono(['install'], place);

    expect(again).toMatchObject({ exitCode: 0, stderr: 'Already up to date\n' });
  });

  it('installs on another machine exactly what the lockfile says', async () => {
    const [here, there] = [newPlace(), newPlace()];
    await mono(['init'], here);
    await mono(['install', 'busybox:1.34.0'], here);
    for (const name of ['mono.yaml', 'mono.lock']) {
      writeFileSync(join(there.cwd, name), read(here, name)!);
    }

    const frozen = await mono(['install'], { ...there, env: { CI: 'true' } });

    expect(frozen.exitCode).toBe(0);
    expect(await exportedHash(there)).toBe(await exportedHash(here));
    expect(read(there, 'mono.lock')).toBe(read(here, 'mono.lock'));
  });

  const refused = [
    {
      name: 'an unknown host',
      requirement: 'nowhere.invalid/a/b:1',
      exitCode: 13,
      code: 'REGISTRY_UNREACHABLE',
    },
    {
      name: 'an unknown repository',
      requirement: 'no/such:1',
      exitCode: 10,
      code: 'REGISTRY_NOT_FOUND',
    },
    { name: 'an unknown tag', requirement: 'busybox:1.35.9', exitCode: 10, code: 'TAG_NOT_FOUND' },
    {
      name: 'a range without a tag',
      requirement: 'busybox@^2',
      exitCode: 10,
      code: 'TAG_NOT_FOUND',
    },
    {
      name: 'a digest that is not there',
      requirement: `busybox@sha256:${'0'.repeat(64)}`,
      exitCode: 10,
      code: 'REGISTRY_NOT_FOUND',
    },
    {
      name: 'a malformed reference',
      requirement: 'Busybox',
      exitCode: 2,
      code: 'REFERENCE_INVALID',
    },
    {
      name: 'a malformed range',
      requirement: 'busybox@^x.y.z.w',
      exitCode: 2,
      code: 'REQUIREMENT_INVALID',
    },
  ];

  it.each(refused)(
    'refuses $name, leaves nothing behind, and the next install succeeds',
    async ({ requirement, exitCode, code }) => {
      const place = newPlace();
      await mono(['init'], place);
      const before = read(place, 'mono.yaml');

      const failed = await mono(['install', requirement], place);

      expect(failed).toMatchObject({ exitCode, stdout: '' });
      expect(failed.stderr).toContain(`code: ${code}\n`);
      expect(failed.stderr).toMatch(/\nhint: /);
      expect(read(place, 'mono.yaml')).toBe(before);
      expect(read(place, 'mono.lock')).toBeUndefined();
      const next = await mono(['install', 'busybox:1.35'], place);
      expect(next.exitCode).toBe(0);
    },
  );

  it('proposes the nearest tags for one that does not exist', async () => {
    const place = newPlace();
    await mono(['init'], place);

    const failed = await mono(['install', 'busybox:1.36.2'], place);

    expect(failed.stderr).toContain('1.36.1');
  });
});

describe('--json', () => {
  it('prints of every command one document of the published schema', async () => {
    const place = newPlace();
    const runs = [
      { schema: 'init.json', args: ['init'] },
      { schema: 'install.json', args: ['install', 'busybox@~1.36', '-n'] },
      { schema: 'install.json', args: ['install', 'busybox@~1.36', 'ghcr.io/team/app:1.0.0'] },
      { schema: 'list.json', args: ['list'] },
      { schema: 'inspect.json', args: ['inspect', 'app'] },
      { schema: 'why.json', args: ['why', 'busybox'] },
      { schema: 'remove.json', args: ['remove', 'app'] },
      { schema: 'gc.json', args: ['gc'] },
    ];

    for (const { schema, args } of runs) {
      const run = await mono([...args, '--json'], place);

      expect([run.exitCode, run.stderr]).toEqual([0, '']);
      expect(schemaFaults(JSON.parse(run.stdout), readSchema(schema))).toEqual([]);
    }
  });
});

describe('mono why', () => {
  it('finds the project of every digest and CID that inspect shows', async () => {
    const place = newPlace();
    await mono(['init'], place);
    await mono(['install', 'ghcr.io/team/app@^1'], place);
    const shown = json(await mono(['inspect', 'app', '--json'], place)) as unknown as {
      locked: { digest: string };
      installed: { manifest: string; root: string; layers: { digest: string; diffId: string }[] };
    };
    const { manifest, root, layers } = shown.installed;

    for (const [role, subject] of Object.entries({
      index: shown.locked.digest,
      manifest,
      root,
      layer: layers[0]!.digest,
      diffID: layers[0]!.diffId,
    })) {
      const { reasons } = json(await mono(['why', subject, '--json'], place));
      expect((reasons as unknown[])[0]).toMatchObject({ role, image: 'app', directory: place.cwd });
    }
    expect((await mono(['why', 'no-such-thing'], place)).exitCode).toBe(10);
  });
});

describe('mono gc', () => {
  it('deletes what no project names, to the byte that the dry run said', async () => {
    const place = newPlace();
    await mono(['init'], place);
    await mono(['install', 'busybox:1.34.0', 'ghcr.io/team/app:1.0.0'], place);
    await mono(['remove', 'busybox'], place);

    const planned = json(await mono(['gc', '--dry-run', '--json'], place));
    const done = json(await mono(['gc', '--json'], place));
    const again = json(await mono(['gc', '--json'], place));

    expect(done).toEqual({ ...planned, dryRun: false });
    expect(done).toMatchObject({ removedImages: [expect.stringMatching(/^sha256:/)] });
    expect(done['deletedBlocks']).toBeGreaterThan(0);
    expect(again).toMatchObject({ removedImages: [], deletedBlocks: 0, rootfsBytes: 0 });
    expect((await mono(['install'], place)).stderr).toBe('Already up to date\n');
  });
});

function newPlace(): MonoOptions {
  places += 1;
  const cwd = join(scratch, `project-${places}`);
  const home = join(scratch, `home-${places}`);
  mkdirSync(cwd);
  writeUserConfig(home, { 'docker.io': registry.url, 'ghcr.io': registry.url });
  return { cwd, home };
}

async function mono(args: readonly string[], place: MonoOptions): Promise<MonoRun> {
  return runMono(args, place);
}

function json(run: MonoRun): Record<string, unknown> {
  return JSON.parse(run.stdout) as Record<string, unknown>;
}

function read(place: MonoOptions, name: string): string | undefined {
  const path = join(place.cwd, name);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

/** Returns the hash of the root filesystem image of `busybox`. */
async function exportedHash(place: MonoOptions): Promise<string> {
  const path = join(place.cwd, 'root.erofs');
  const run = await mono(['export', 'busybox', '-o', path, '--format', 'erofs'], place);
  expect(run.exitCode).toBe(0);
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
