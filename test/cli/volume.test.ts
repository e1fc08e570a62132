import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NamedVolumes } from '../../src/lib/vm/volumes/named-volumes.js';
import { readSchema, schemaFaults } from '../support/json-schema.js';
import { runMono, type MonoRun } from '../support/mono.js';
import { useTemporaryDirectory } from '../support/temporary-directory.js';
import { DISK_TEMPLATE } from '../vm/support/vmm-options.js';

const directory = useTemporaryDirectory();

describe('mono volume', () => {
  it('lists volumes and deletes them', async () => {
    const volumes = new NamedVolumes({
      directory: join(directory(), 'home/volumes'),
      template: DISK_TEMPLATE,
    });
    await volumes.ensure('data');
    await volumes.ensure('other');

    const table = await mono('volume', 'ls');
    const listed = JSON.parse((await mono('volume', 'ls', '--json')).stdout) as unknown;
    const removed = await mono('volume', 'rm', 'data', '--json');

    expect(table.stdout).toMatch(/^VOLUME +SIZE {2}SANDBOXES\ndata .* -\nother .* -\n$/);
    expect(schemaFaults(listed, readSchema('volume-ls.json'))).toEqual([]);
    expect(schemaFaults(JSON.parse(removed.stdout), readSchema('volume-rm.json'))).toEqual([]);
    expect((await volumes.list()).map((volume) => volume.name)).toEqual(['other']);
  });

  it('says how one is made where there is none', async () => {
    const run = await mono('volume', 'ls');

    expect(run).toMatchObject({ exitCode: 0, stdout: '' });
    expect(run.stderr).toContain('-v NAME:/PATH');
  });

  it('deletes nothing when one of the names is unknown', async () => {
    const run = await mono('volume', 'rm', 'missing');

    expect(run.exitCode).toBe(10);
    expect(run.stderr).toContain('VOLUME_UNKNOWN');
  });
});

function mono(...args: string[]): Promise<MonoRun> {
  return runMono(args, { cwd: directory(), home: join(directory(), 'home') });
}
