import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDockerRegistry, type DockerRegistry } from '../support/docker-registry.js';
import { writeOciLayout } from '../support/oci-layout.js';
import { pushOciLayout } from '../support/push-oci-layout.js';

/*
 * A real file system that is really full: MONO_HOME lies on a tmpfs of a given size, in a mount
 * namespace of its own (which needs no privileges). When the install has failed the tmpfs grows, as
 * when somebody frees space, and the same command runs again.
 */
const SCRIPT = `
set -u
mount -t tmpfs -o size="$SIZE" tmpfs "$MONO_HOME"
cp "$CONFIG" "$MONO_HOME/config.yaml"
cd "$PROJECT"
"$NODE" "$MONO" install docker.io/library/large:1.0.0 2>"$PROJECT/first"
echo "first $?"
mount -o remount,size=400m "$MONO_HOME"
[ -e mono.lock ] && echo "lock after first"
"$NODE" "$MONO" list --json >"$PROJECT/between" 2>&1
echo "between $?"
"$NODE" "$MONO" install docker.io/library/large:1.0.0 2>"$PROJECT/second"
echo "second $?"
find "$MONO_HOME" -name '.tmp-*' | sed 's/.*/left behind/'
"$NODE" "$MONO" gc --dry-run >/dev/null 2>&1
echo "gc $?"
cat first >&2
`;

/** Content of the image's only large file: no two chunks alike, so nothing of it is shared. */
const CONTENT_BYTES = 24 * 1024 * 1024;

const scratch = mkdtempSync(join(tmpdir(), 'mono-full-'));
const config = join(scratch, 'config.yaml');
let registry: DockerRegistry;

beforeAll(async () => {
  registry = await startDockerRegistry();
  await pushLarge();
  writeFileSync(config, `registries:\n  docker.io: { endpoint: ${registry.url} }\n`);
});

afterAll(async () => {
  await registry.stop();
  rmSync(scratch, { recursive: true, force: true });
});

describe('mono install on a device that fills up', () => {
  it.each([
    ['at once', '96k'],
    ['while the content is stored', '12m'],
    ['while the root filesystem is written', '40m'],
  ])(
    'fails clearly %s, leaves nothing half-done and succeeds once there is space',
    async (_, size) => {
      const place = mkdtempSync(join(scratch, 'place-'));

      const run = await runInNamespace(place, size);

      expect(run.stderr).toContain('code: DISK_FULL');
      expect(run.stderr).toMatch(/^error: .*no space left on the device$/m);
      expect(run.stdout.split('\n')).toEqual(['first 1', 'between 0', 'second 0', 'gc 0', '']);
    },
  );
});

async function runInNamespace(place: string, size: string) {
  const home = join(place, 'home');
  const project = join(place, 'project');
  mkdirSync(home);
  mkdirSync(project);
  writeFileSync(join(project, 'mono.yaml'), 'images: {}\n');
  return promisify(execFile)(
    'unshare',
    ['--user', '--map-root-user', '--mount', 'bash', '-c', SCRIPT],
    {
      env: {
        PATH: process.env['PATH'],
        HOME: home,
        MONO_HOME: home,
        PROJECT: project,
        CONFIG: config,
        SIZE: size,
        NODE: process.execPath,
        MONO: join(import.meta.dirname, '../../bin/run.cjs'),
      },
    },
  );
}

async function pushLarge(): Promise<void> {
  const tree = join(scratch, 'tree');
  mkdirSync(tree);
  writeFileSync(join(tree, 'large'), pseudoRandomBytes(CONTENT_BYTES));
  await promisify(execFile)('tar', [
    '-C',
    tree,
    '--mtime=@0',
    '-cf',
    join(scratch, 'layer.tar'),
    '.',
  ]);
  const { readFile } = await import('node:fs/promises');
  const layout = await writeOciLayout(
    join(scratch, 'oci'),
    [{ layers: [await readFile(join(scratch, 'layer.tar'))], config: { Cmd: ['/large'] } }],
    { tag: '1.0.0' },
  );
  await pushOciLayout(registry, layout.directory, 'library/large:1.0.0');
}

function pseudoRandomBytes(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let offset = 0; offset < length; offset += 32) {
    createHash('sha256').update(String(offset)).digest().copy(bytes, offset);
  }
  return bytes;
}
