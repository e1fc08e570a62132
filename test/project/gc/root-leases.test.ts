import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { RootLeases } from '../../../src/lib/project/gc/root-leases.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const directory = useTemporaryDirectory();
const ROOT = `bafyrei${'a'.repeat(52)}`;
const { signal } = new AbortController();

describe('RootLeases', () => {
  it('lists a root for as long as somebody holds a lease of it', async () => {
    const leases = new RootLeases(directory());
    const one = await leases.take(ROOT, signal);
    const two = await leases.take(ROOT, signal);

    expect(await leases.list()).toEqual([ROOT]);
    one.release();
    expect(await leases.list()).toEqual([ROOT]);
    two.release();
    expect(await leases.list()).toEqual([]);
  });

  it('gives a lease again after a collection has looked', async () => {
    const leases = new RootLeases(directory());
    (await leases.take(ROOT, signal)).release();
    await leases.list();

    const again = await leases.take(ROOT, signal);

    expect(await leases.list()).toEqual([ROOT]);
    again.release();
  });

  it('is empty where nobody has ever run anything', async () => {
    expect(await new RootLeases(directory()).list()).toEqual([]);
  });

  it('drops the lease of a process that is killed', async () => {
    const source = pathToFileURL(
      join(import.meta.dirname, '../../../src/lib/project/gc/root-leases.ts'),
    ).href;
    const script = `
      import { RootLeases } from ${JSON.stringify(source)};
      await new RootLeases(${JSON.stringify(directory())}).take('${ROOT}', new AbortController().signal);
      console.log('held');
      setInterval(() => {}, 1000);`;
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', script],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await once(child.stdout, 'data');
    const leases = new RootLeases(directory());
    expect(await leases.list()).toEqual([ROOT]);

    child.kill('SIGKILL');
    await once(child, 'exit');

    expect(await leases.list()).toEqual([]);
  });
});
