/*
 * Real processes, real signals: what the registry is asked for is counted on its side. A proxy in
 * front of it makes the network slow enough to kill processes in the middle of a layer.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  servedImage,
  startHostileRegistry,
  type HostileRegistry,
  type ServedDocument,
} from '../support/hostile-registry.js';
import { runMono, writeUserConfig, type MonoRun } from '../support/mono.js';
import { pseudoRandomBytes } from '../support/random-bytes.js';
import { writeTar } from '../support/tar-writer.js';
import { useTemporaryDirectory } from '../support/temporary-directory.js';

const PROGRAM = join(import.meta.dirname, '../../bin/run.cjs');
const LAYER_BYTES = 24 * 1024 * 1024;
const BYTES_PER_TURN = 512 * 1024;

const directory = useTemporaryDirectory();
let registry: HostileRegistry;
let layer: ServedDocument;
/** pause between two pieces of a layer, in ms */
let paceMs = 20;

beforeEach(async () => {
  paceMs = 20;
  const content = Buffer.from(pseudoRandomBytes(LAYER_BYTES, 5));
  const image = servedImage(Buffer.from(writeTar([{ name: 'data', content }])));
  ({ layer } = image);
  registry = await startHostileRegistry(image, async (request, response) => {
    if (!(request.url ?? '').includes(layer.digest)) return undefined;
    const [, first = '0'] = /^bytes=([0-9]+)-$/.exec(request.headers.range ?? '') ?? [];
    const total = layer.bytes.length;
    response.writeHead(first === '0' ? 200 : 206, {
      'content-length': total - Number(first),
      'content-range': `bytes ${first}-${total - 1}/${total}`,
    });
    for (let at = Number(first); at < total && !response.destroyed; at += BYTES_PER_TURN) {
      response.write(layer.bytes.subarray(at, at + BYTES_PER_TURN));
      await sleep(paceMs);
    }
    response.end();
    return 'handled';
  });
  mkdirSync(join(directory(), 'project'));
  writeFileSync(join(directory(), 'project/mono.yaml'), 'images: { a: "a:1.0.0" }\n');
  writeUserConfig(home(), { 'docker.io': registry.url });
});

afterEach(async () => {
  await registry.stop();
});

describe('mono install in several processes', () => {
  it('asks for a layer once', async () => {
    const runs = await Promise.all([install(), install(), install()]);

    expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
    expect(layerRequests()).toEqual([undefined]);
    const fetched = runs.map(({ stdout }) => fetchedBytes(stdout));
    expect(fetched.toSorted((a, b) => a - b)).toEqual([0, 0, layer.bytes.length]);
    expect(partials()).toEqual([]);
  });
});

describe('mono install after a killed one', () => {
  it('asks for the rest only, and leaves nothing over', async () => {
    const killed = startInstall();
    const keptBytes = await partialOf(killed, 4 * 1024 * 1024);
    killed.kill('SIGKILL');
    await ended(killed);
    paceMs = 0;

    const run = await install();

    expect(run.exitCode).toBe(0);
    const [first, second, ...more] = layerRequests();
    expect([first, more]).toEqual([undefined, []]);
    expect(Number(/^bytes=(\d+)-$/.exec(second ?? '')?.[1])).toBeGreaterThanOrEqual(keptBytes);
    expect(partials()).toEqual([]);
  });

  it('goes on in a process that has waited for it', async () => {
    const owner = startInstall();
    await partialOf(owner, 2 * 1024 * 1024);
    const waiting = install();
    await partialOf(owner, 6 * 1024 * 1024);
    owner.kill('SIGKILL');
    paceMs = 0;

    const run = await waiting;

    expect(run.exitCode).toBe(0);
    expect(layerRequests()).toHaveLength(2);
    expect(layerRequests()[1]).toMatch(/^bytes=[1-9]/);
  });

  it('can be interrupted while it waits for one that stands still', async () => {
    const stopped = startInstall();
    await partialOf(stopped, 2 * 1024 * 1024);
    stopped.kill('SIGSTOP');
    const askedBefore = registry.requests.length;
    const waiting = startInstall();
    while (registry.requests.length === askedBefore) await sleep(10);
    await sleep(300);

    waiting.kill('SIGINT');
    const exitCode = await ended(waiting);
    stopped.kill('SIGKILL');
    await ended(stopped);

    expect(exitCode).toBe(130);
  });
});

function home(): string {
  return join(directory(), 'home');
}

async function install(): Promise<MonoRun> {
  return runMono(['install', '--json'], { cwd: join(directory(), 'project'), home: home() });
}

function startInstall(): ChildProcess {
  return spawn(process.execPath, [PROGRAM, 'install'], {
    cwd: join(directory(), 'project'),
    env: { PATH: process.env['PATH'] ?? '', HOME: home(), MONO_HOME: home() },
    stdio: 'ignore',
  });
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  return new Promise((resolve) => child.once('close', resolve));
}

/** Resolves with the size of the partial file when `child` has kept at least `sizeBytes` in it. */
async function partialOf(child: ChildProcess, sizeBytes: number): Promise<number> {
  for (;;) {
    if (child.exitCode !== null) throw new Error('the install has ended');
    const [path] = partials();
    const size = path === undefined ? 0 : statSync(path).size;
    if (size >= sizeBytes) return size;
    await sleep(10);
  }
}

function partials(): string[] {
  const downloads = join(home(), 'cache/downloads');
  try {
    const names = readdirSync(downloads).filter((name) => name.endsWith('.partial'));
    return names.map((name) => join(downloads, name));
  } catch {
    return [];
  }
}

/** Returns the `Range` of each request for the layer. */
function layerRequests(): (string | undefined)[] {
  return registry.requests
    .filter(({ path }) => path.includes(layer.digest))
    .map(({ headers }) => headers.range);
}

function fetchedBytes(stdout: string): number {
  const { images } = JSON.parse(stdout) as { images: { fetchedBytes: number }[] };
  return images[0]!.fetchedBytes;
}
