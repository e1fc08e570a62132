import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pushBusybox } from '../../support/busybox-image.js';
import { startDockerRegistry, type DockerRegistry } from '../../support/docker-registry.js';
import { runMono, writeUserConfig } from '../../support/mono.js';
import { onTerminal } from '../../support/on-terminal.js';

const QUESTION = 'Which images are to be upgraded?';
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

    const { screen, exitCode } = await onTerminal('upgrade', place, [
      { to: QUESTION, keys: '\u0003' },
    ]);

    expect(screen).toContain(QUESTION);
    expect(screen).toContain('one  1.0.0 → 1.1.0');
    expect(exitCode).toBe(130);
    expect(lock()).toBe(before);
  });

  it('upgrades what is chosen, and that alone', async () => {
    const { screen, exitCode } = await onTerminal('upgrade', place, [
      { to: QUESTION, keys: ' \r' },
    ]);

    expect(exitCode).toBe(0);
    expect(screen).toContain('two 1.0.0 → 1.1.0');
    expect(lock()).toContain('library/one:1.0.0');
    expect(lock()).toContain('library/two:1.1.0');
  });

  it('asks nothing with --yes', async () => {
    const { screen, exitCode } = await onTerminal('upgrade --yes', place, []);

    expect([screen.includes('Which images'), exitCode]).toEqual([false, 0]);
    expect(lock()).toContain('library/one:1.1.0');
  });
});

async function push(name: string, tag: string): Promise<void> {
  await pushBusybox(registry, `library/${name}`, { tag, release: `${name} ${tag}` });
}

function lock(): string {
  return readFileSync(join(place.cwd, 'mono.lock'), 'utf8');
}
