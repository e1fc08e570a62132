import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SandboxSpec } from '../../../src/lib/vm/sandbox-spec.js';
import { numberedNames } from '../../../src/lib/vm/sandboxes/sandbox-name.js';
import { Sandboxes, type NewSandbox } from '../../../src/lib/vm/sandboxes/sandboxes.js';
import { rejectionOf } from '../../support/failure.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';
import { newSandbox, SPEC } from '../support/new-sandbox.js';

const temporary = useTemporaryDirectory();
/** ENDED: exit code 3, at 5 ms after the epoch. */
const EXIT_RECORD = Uint8Array.of(0, 3, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0);

let sandboxes: Sandboxes;
let monitor: ChildProcess;

beforeEach(() => {
  sandboxes = new Sandboxes(temporary());
  monitor = spawn('sleep', ['600'], { stdio: 'ignore' });
});

afterEach(() => {
  monitor.kill('SIGKILL');
  sandboxes.close();
});

async function run(sandbox: NewSandbox): Promise<{ id: string; directory: string }> {
  const created = await sandboxes.create(sandbox);
  sandboxes.started(created, { vmm: 'qemu', monitorPid: monitor.pid! });
  return { id: created.id, directory: sandboxes.directoryOf(created) };
}

async function killMonitor(): Promise<void> {
  monitor.kill('SIGKILL');
  await once(monitor, 'exit');
}

/** Makes the monitors in the database processes of another time. */
function changeMonitors(field: 'bootId' | 'startTicks'): void {
  const database = new Database(join(temporary(), 'sandboxes.db'));
  database.exec(`UPDATE sandbox SET monitor = json_set(monitor, '$.${field}', 'another')`);
  database.close();
}

describe('Sandboxes', () => {
  it('knows a sandbox by name, by id and by the beginning of its id', async () => {
    const { id } = await run(newSandbox('web'));

    for (const key of ['web', id, id.slice(0, 4)]) {
      expect(await sandboxes.find(key)).toMatchObject({ id, name: 'web', status: 'running' });
    }
    const error = await rejectionOf(sandboxes.find('wab'));
    expect([error.code, error.hint]).toEqual(['SANDBOX_NOT_FOUND', 'Did you mean `web`?']);
    expect((await rejectionOf(sandboxes.find(id.slice(0, 3)))).code).toBe('SANDBOX_NOT_FOUND');
  });

  it('gives each a directory that nobody else may enter', async () => {
    const { directory } = await run(newSandbox('web'));

    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(statSync(join(temporary(), 'sandboxes/by-name/web')).ino).toBe(statSync(directory).ino);
  });

  it('lets nobody else have a name, in whichever process', async () => {
    await run(newSandbox('web'));
    const others = new Sandboxes(temporary());

    expect((await rejectionOf(others.create(newSandbox('web')))).code).toBe('SANDBOX_NAME_TAKEN');
    const second = await others.create(newSandbox('web', { names: numberedNames('web') }));
    expect(second.name).toBe('web_2');
    others.close();
  });

  it('gives one of many that want a name at once that name, and the others none', async () => {
    const many = Array.from({ length: 8 }, () => new Sandboxes(temporary()));

    const results = await Promise.allSettled(many.map((it) => it.create(newSandbox('one'))));

    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await sandboxes.list()).toHaveLength(1);
    expect(readdirSync(join(temporary(), 'sandboxes')).sort()).toHaveLength(2);
    for (const it of many) it.close();
  });

  it('sees at once that a monitor was killed', async () => {
    await run(newSandbox('web'));

    await killMonitor();

    expect(await sandboxes.find('web')).toMatchObject({
      status: 'stopped',
      ending: { by: 'machine' },
    });
  });

  it('takes the record of the end over what it knows', async () => {
    const { directory } = await run(newSandbox('web'));

    writeFileSync(join(directory, 'exit'), EXIT_RECORD);

    expect(await sandboxes.find('web')).toMatchObject({
      status: 'stopped',
      ending: { by: 'code', value: 3, timedOut: false, atMs: 5 },
    });
  });

  it.each([
    { name: 'the host was started anew', field: 'bootId' },
    { name: 'another process has the process id now', field: 'startTicks' },
  ] as const)('sees that $name', async ({ field }) => {
    await run(newSandbox('web'));

    changeMonitors(field);

    expect((await sandboxes.list()).map(({ status }) => status)).toEqual(['stopped']);
  });

  it('forgets one that is to be forgotten at its end, with its files, and frees the name', async () => {
    const { directory } = await run(newSandbox('web', { removeAtEnd: true }));

    await killMonitor();

    expect(await sandboxes.list()).toEqual([]);
    expect(existsSync(directory)).toBe(false);
    expect(readdirSync(join(temporary(), 'sandboxes/by-name'))).toEqual([]);
    expect((await sandboxes.create(newSandbox('web'))).name).toBe('web');
  });

  it('forgets one whose starter was killed before it was defined', async () => {
    const create = `
      import { Sandboxes } from ${JSON.stringify(join(import.meta.dirname, '../../../src/lib/vm/sandboxes/sandboxes.ts'))};
      const sandboxes = new Sandboxes(${JSON.stringify(temporary())});
      await sandboxes.create({ names: ['web'], image: '', root: '', stopSignal: 'SIGTERM', timeoutSeconds: 0,
        removeAtEnd: false, spec: () => { console.log('reserved'); return new Promise(() => setInterval(() => {}, 1000)); } });`;
    const script = join(temporary(), 'create.mts');
    writeFileSync(script, create);
    const starter = spawn(process.execPath, ['--import', 'tsx', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(starter.stdout, 'data');
    expect((await rejectionOf(sandboxes.create(newSandbox('web')))).code).toBe(
      'SANDBOX_NAME_TAKEN',
    );

    starter.kill('SIGKILL');
    await once(starter, 'exit');

    expect(await sandboxes.list()).toEqual([]);
    expect((await sandboxes.create(newSandbox('web'))).name).toBe('web');
  });

  it('shows one that is being described to nobody, and keeps its root from collection', async () => {
    let described!: (spec: SandboxSpec) => void;
    const spec = new Promise<SandboxSpec>((resolve) => (described = resolve));
    const creation = sandboxes.create(newSandbox('web', { spec: () => spec }));

    expect(await sandboxes.list()).toEqual([]);
    expect((await rejectionOf(sandboxes.find('web'))).code).toBe('SANDBOX_NOT_FOUND');
    expect(await sandboxes.rootsInUse()).toEqual(['bafyroot']);

    described(SPEC);
    await creation;
    expect(await sandboxes.list()).toMatchObject([{ name: 'web', status: 'starting' }]);
  });

  it('starts a stopped one again, once', async () => {
    await run(newSandbox('web'));
    const running = await sandboxes.find('web');
    await killMonitor();
    const stopped = await sandboxes.find('web');

    expect(() => sandboxes.restart(running, SPEC.rootfs)).not.toThrow();
    expect(() => sandboxes.restart(stopped, SPEC.rootfs)).toThrow('Cannot start `web`: it runs');
  });

  it('leaves nothing of one that cannot be described', async () => {
    const failure = new Error('no disk');
    mkdirSync(join(temporary(), 'sandboxes'), { recursive: true });

    await expect(
      sandboxes.create(newSandbox('web', { spec: () => Promise.reject(failure) })),
    ).rejects.toBe(failure);

    expect(await sandboxes.list()).toEqual([]);
    expect(readdirSync(join(temporary(), 'sandboxes'))).toEqual(['by-name']);
  });

  it('names the roots that sandboxes run from or may be started from', async () => {
    await run(newSandbox('one'));
    await run(newSandbox('two', { root: 'bafyother' }));
    await killMonitor();

    expect((await sandboxes.rootsInUse()).sort()).toEqual(['bafyother', 'bafyroot']);
  });
});
