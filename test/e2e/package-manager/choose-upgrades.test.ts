import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pushBusybox } from '../../support/busybox-image.js';
import { startDockerRegistry, type DockerRegistry } from '../../support/docker-registry.js';
import { runMono, writeUserConfig } from '../../support/mono.js';

const PROGRAM = join(import.meta.dirname, '../../../bin/run.js');
const scratch = mkdtempSync(join(tmpdir(), 'mono-choose-'));
const place = { cwd: join(scratch, 'project'), home: join(scratch, 'home') };
let registry: DockerRegistry;

beforeAll(async () => {
  registry = await startDockerRegistry();
  mkdirSync(place.cwd);
  writeUserConfig(place.home, { 'docker.io': registry.url });
  for (const name of ['one', 'two']) await push(name, '1.0.0');
  await runMono(['install', 'one@^1', 'two@^1'], place);
  for (const name of ['one', 'two']) await push(name, '1.1.0');
});

afterAll(async () => {
  await registry.stop();
  rmSync(scratch, { recursive: true, force: true });
});

/** One story: each step starts from what the step before left. */
describe('mono upgrade on a terminal', () => {
  it('asks, and leaves everything as it is when the person leaves', async () => {
    const before = lock();

    const { screen, exitCode } = await onTerminal('upgrade', '\u0003');

    expect(screen).toContain('Which images are to be upgraded?');
    expect(screen).toContain('one  1.0.0 → 1.1.0');
    expect(exitCode).toBe(130);
    expect(lock()).toBe(before);
  });

  it('upgrades what is chosen, and that alone', async () => {
    const { screen, exitCode } = await onTerminal('upgrade', ' \r');

    expect(exitCode).toBe(0);
    expect(screen).toContain('two 1.0.0 → 1.1.0');
    expect(lock()).toContain('library/one:1.0.0');
    expect(lock()).toContain('library/two:1.1.0');
  });

  it('asks nothing with --yes', async () => {
    const { screen, exitCode } = await onTerminal('upgrade --yes', '');

    expect([screen.includes('Which images'), exitCode]).toEqual([false, 0]);
    expect(lock()).toContain('library/one:1.1.0');
  });
});

/** Runs the program on a terminal of its own, and types `keys` as soon as it asks. */
async function onTerminal(
  line: string,
  keys: string,
): Promise<{ screen: string; exitCode: number | null }> {
  const command = `'${process.execPath}' '${PROGRAM}' ${line}`;
  const child = spawn('script', ['-qefc', command, '/dev/null'], {
    cwd: place.cwd,
    env: { PATH: process.env['PATH'] ?? '', HOME: place.home, MONO_HOME: place.home, TERM: 'dumb' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let screen = '';
  let hasTyped = false;
  child.stdout.on('data', (bytes: Buffer) => {
    screen += bytes.toString();
    if (hasTyped || !screen.includes('Which images')) return;
    hasTyped = true;
    child.stdin.write(keys);
  });
  const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve));
  // eslint-disable-next-line no-control-regex -- what a terminal is told beside text
  return { screen: screen.replaceAll(/\u001B\[[0-9;?]*[A-Za-z]/g, ''), exitCode };
}

async function push(name: string, tag: string): Promise<void> {
  await pushBusybox(registry, `library/${name}`, { tag, release: `${name} ${tag}` });
}

function lock(): string {
  return readFileSync(join(place.cwd, 'mono.lock'), 'utf8');
}
