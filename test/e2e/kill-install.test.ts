/*
 * Two installs at once, both killed at a random moment, again and again; then the next install must
 * succeed, leave the lockfile of an install that nobody disturbed, and a store without a fault.
 *
 * `MONO_TEST_KILLS` says how many processes are killed (default 200, which take 64 s of CPU time).
 * The moments come from a seed that a failure prints; the scheduler does the rest, so a seed repeats
 * the moments but not the interleaving.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MIN_KEPT_BYTES } from '../../src/lib/image/pull/download/shared-downloads.js';
import { PackedFsStore } from '../../src/lib/store/backends/packed-fs-store.js';
import { startDockerRegistry, type DockerRegistry } from '../support/docker-registry.js';
import { runMono, writeUserConfig } from '../support/mono.js';
import { writeOciLayout, type OciLayerInput } from '../support/oci-layout.js';
import { pushOciLayout } from '../support/push-oci-layout.js';
import { pseudoRandomBytes } from '../support/random-bytes.js';
import { writeTar } from '../support/tar-writer.js';

const PROGRAM = join(import.meta.dirname, '../../bin/run.cjs');
const KILLS = Number(process.env['MONO_TEST_KILLS'] ?? 200);
const KILLS_PER_ROUND = 20;

/** One layer is gone on with where it was cut off, the others are too short for that. */
const LAYERS = [
  { files: 20, sizeBytes: 1.5 * MIN_KEPT_BYTES },
  { files: 20, sizeBytes: 400_000 },
  { files: 40, sizeBytes: 40_000 },
];

const scratch = mkdtempSync(join(tmpdir(), 'mono-kill-'));
let registry: DockerRegistry;
/** what an install that nobody disturbs writes, and how long two of them take in ms */
let undisturbed: { readonly lock: string; readonly durationMs: number };

beforeAll(async () => {
  registry = await startDockerRegistry();
  const layers = LAYERS.map(({ files, sizeBytes }, seed): OciLayerInput => {
    const bytes = Buffer.from(pseudoRandomBytes(sizeBytes, seed + 1));
    const each = Math.floor(sizeBytes / files);
    const tar = Array.from({ length: files }, (_, index) => ({
      name: `layer-${seed}-${index}`,
      content: bytes.subarray(index * each, (index + 1) * each),
    }));
    return { tar: writeTar(tar), compression: 'gzip' };
  });
  const platform = { os: 'linux', architecture: 'amd64' };
  const image = [{ layers, config: {}, platform }];
  const layout = await writeOciLayout(join(scratch, 'oci'), image, { tag: '1.0.0' });
  await pushOciLayout(registry, layout.directory, 'library/a:1.0.0');
  const home = makeHome('undisturbed');
  const startMs = performance.now();
  await Promise.all([startInstall(home), startInstall(home)].map(ended));
  undisturbed = { lock: lockOf(home), durationMs: performance.now() - startMs };
});

afterAll(async () => {
  await registry.stop();
  rmSync(scratch, { recursive: true, force: true });
});

describe('mono install', () => {
  it(`succeeds after ${KILLS} kills of two installs at once`, { timeout: 600_000 }, async () => {
    const seed = Number(process.env['MONO_TEST_SEED'] ?? Date.now() % 1_000_000);
    const random = randomFrom(seed);
    for (let kills = 0; kills < KILLS; kills += KILLS_PER_ROUND) {
      const home = makeHome(`round-${kills}`);
      for (let pair = 0; pair < KILLS_PER_ROUND / 2; pair += 1) {
        const children = [startInstall(home), startInstall(home)];
        const moments = children.map(() => random() * undisturbed.durationMs);
        await Promise.all(children.map((child, index) => killAfter(child, moments[index]!)));
      }

      const run = await runMono(['install', '--platform', 'linux/amd64'], {
        cwd: projectOf(home),
        home,
      });

      const context = `seed ${seed}, after ${kills + KILLS_PER_ROUND} kills: ${run.stderr}`;
      expect(run.exitCode, context).toBe(0);
      expect(lockOf(home), context).toBe(undisturbed.lock);
      expect(await faultsOf(home), context).toEqual([]);
      expect(leftovers(home), context).toEqual([]);
      rmSync(home, { recursive: true });
    }
  });
});

function makeHome(name: string): string {
  const home = join(scratch, name);
  writeUserConfig(home, { 'docker.io': registry.url });
  mkdirSync(projectOf(home));
  writeFileSync(join(projectOf(home), 'mono.yaml'), 'images: { a: "a:1.0.0" }\n');
  return home;
}

function projectOf(home: string): string {
  return join(home, 'project');
}

function lockOf(home: string): string {
  return readFileSync(join(projectOf(home), 'mono.lock'), 'utf8');
}

function startInstall(home: string): ChildProcess {
  return spawn(process.execPath, [PROGRAM, 'install', '--platform', 'linux/amd64'], {
    cwd: projectOf(home),
    env: { PATH: process.env['PATH'] ?? '', HOME: home, MONO_HOME: home },
    stdio: 'ignore',
  });
}

async function killAfter(child: ChildProcess, delayMs: number): Promise<void> {
  const end = ended(child);
  await Promise.race([sleep(delayMs), end]);
  child.kill('SIGKILL');
  await end;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise((resolve) => child.once('close', resolve));
}

async function faultsOf(home: string): Promise<readonly unknown[]> {
  const store = await PackedFsStore.open({ path: join(home, 'store') });
  try {
    const { findings, missing } = await store.verify();
    return [...findings, ...missing];
  } finally {
    await store.close();
  }
}

/** Returns interrupted downloads that the last install has not cleared away. */
function leftovers(home: string): string[] {
  return readdirSync(join(home, 'cache/downloads')).filter((name) => name.endsWith('.partial'));
}

/** Returns numbers in [0, 1) that depend on `seed` alone (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
