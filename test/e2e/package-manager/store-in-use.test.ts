/*
 * A collection and an install that meet, as real processes: the registry holds the layer back until
 * the other process has said that it waits.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockHolders } from '../../../src/lib/io/lock-holders.js';
import { StoreLock } from '../../../src/lib/store/store-lock.js';
import {
  servedImage,
  startHostileRegistry,
  type HostileRegistry,
} from '../../support/hostile-registry.js';
import { runMono, writeUserConfig, type MonoRun } from '../../support/mono.js';
import { startMono, type RunningMono } from '../../support/start-mono.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';
import { writeTar } from '../../support/tar-writer.js';

const directory = useTemporaryDirectory();
let registry: HostileRegistry;
/** what the registry holds back until `open` is called: by default the layer */
let gate: { wanted: string; readonly isOpen: Promise<void>; open(): void };
let isAsked: Promise<void>;

beforeEach(async () => {
  const image = servedImage(Buffer.from(writeTar([{ name: 'a', content: Buffer.from('a') }])));
  gate = { ...closedGate(), wanted: image.layer.digest };
  const asked = closedGate();
  isAsked = asked.isOpen;
  registry = await startHostileRegistry(image, async ({ url = '' }) => {
    if (!url.includes(gate.wanted)) return undefined;
    asked.open();
    await gate.isOpen;
    return undefined;
  });
  mkdirSync(join(directory(), 'project'));
  writeProject('a');
  writeUserConfig(directory(), { 'docker.io': registry.url });
});

afterEach(async () => {
  await registry.stop();
});

describe('mono gc while an install runs', () => {
  it('says which process it waits for, then takes nothing of what that installed', async () => {
    const install = start('install');
    await isAsked;
    const gc = start('gc', '--grace', '0', '--keep', '0');

    await gc.says(`Waiting up to 5 minutes for process ${install.pid}, which uses the store\n`);
    gate.open();

    expect((await install.ended).exitCode).toBe(0);
    expect(await gc.ended).toMatchObject({ exitCode: 0 });
    const verified = await mono('verify', '--json');
    expect(JSON.parse(verified.stdout)).toMatchObject({
      isSound: true,
      images: [{ names: ['a'] }],
    });
    const again = await mono('install', '--json', '--frozen-lockfile', '--offline');
    expect(JSON.parse(again.stdout)).toMatchObject({ images: [{ action: 'keep' }] });
  });

  it('ends at once when it is interrupted, and the install goes on', async () => {
    const install = start('install');
    await isAsked;
    const gc = start('gc');
    await gc.says('Waiting');

    gc.kill('SIGINT');

    expect((await gc.ended).exitCode).toBe(130);
    gate.open();
    expect((await install.ended).exitCode).toBe(0);
  });

  it('waits also for one that found its image in the store, as no lockfile names that yet', async () => {
    gate.open();
    await mono('install');
    await mono('remove', 'a');
    gate = { ...closedGate(), wanted: '/library/b/' };
    writeProject('a', 'b');
    const install = start('install');
    while (!lockHolders(join(directory(), 'store/lock.db')).includes(install.pid)) await sleep(10);

    const gc = start('gc', '--keep', '0');
    await gc.says(`process ${install.pid}`);
    gate.open();

    expect([(await install.ended).exitCode, (await gc.ended).exitCode]).toEqual([0, 0]);
    expect(await mono('install', '--frozen-lockfile', '--offline')).toMatchObject({ exitCode: 0 });
  });
});

describe('mono install while a collection runs', () => {
  it('says which process it waits for, then installs', async () => {
    gate.open();
    mkdirSync(join(directory(), 'store'));
    const lock = new StoreLock(join(directory(), 'store'), { waitMs: 0 });

    const install = await lock.exclusively(async () => {
      const waiting = start('install');
      await waiting.says(`Waiting up to 5 minutes for process ${process.pid}, which`);
      return waiting;
    });

    expect((await install.ended).exitCode).toBe(0);
    expect(readFileSync(join(directory(), 'project/mono.lock'), 'utf8')).toContain('root:');
    lock.end();
  });
});

function closedGate(): { readonly isOpen: Promise<void>; open(): void } {
  let open: () => void = () => undefined;
  const isOpen = new Promise<void>((resolve) => (open = resolve));
  return { isOpen, open };
}

function writeProject(...names: string[]): void {
  const images = names.map((name) => `${name}: "${name}:1.0.0"`);
  writeFileSync(join(directory(), 'project/mono.yaml'), `images: { ${images.join(', ')} }\n`);
}

function start(...args: string[]): RunningMono {
  return startMono(args, place());
}

function mono(...args: string[]): Promise<MonoRun> {
  return runMono(args, place());
}

function place(): { readonly cwd: string; readonly home: string } {
  return { cwd: join(directory(), 'project'), home: directory() };
}
