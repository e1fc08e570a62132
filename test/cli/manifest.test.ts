import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Config } from '@oclif/core';
import { describe, expect, it } from 'vitest';
import { RUN_VALUE_FLAGS } from '../../src/lib/cli/run/run-arguments.js';

const root = join(import.meta.dirname, '../..');

interface Flag {
  readonly type: string;
  readonly char?: string;
  readonly env?: string;
}

interface Manifest {
  readonly commands: Readonly<
    Record<string, { readonly summary?: string; readonly flags: Record<string, Flag> }>
  >;
}

const manifest = JSON.parse(readFileSync(join(root, 'oclif.manifest.json'), 'utf8')) as Manifest;

describe('oclif.manifest.json', () => {
  it('has the commands of src/commands, and no other', () => {
    const files = readdirSync(join(root, 'src/commands'), { recursive: true, encoding: 'utf8' });
    const ids = files
      .filter((file) => file.endsWith('.ts'))
      .map((file) => file.replace(/(\/index)?\.ts$/, '').replaceAll('/', ':'));

    expect(Object.keys(manifest.commands).sort()).toEqual(ids.sort());
  });

  it('says of each command what its class says', async () => {
    const config = await Config.load({ root, ignoreManifest: true });

    for (const command of config.commands.filter(({ id, aliases }) => !aliases.includes(id))) {
      const noted = manifest.commands[command.id];
      expect(noted?.summary).toBe(command.summary);
      expect(Object.keys(noted?.flags ?? {}).sort()).toEqual(Object.keys(command.flags).sort());
    }
  });

  it('has an environment variable for each flag', () => {
    const without = flags().filter(({ name, env }) => env === undefined && name !== 'json');

    expect(without).toEqual([]);
  });
});

describe('RUN_VALUE_FLAGS', () => {
  it('has the flags of mono run that take a value, and no other', () => {
    const valued = flags()
      .filter(({ command, type }) => command === 'run' && type === 'option')
      .flatMap(({ name, char }) => [`--${name}`, ...(char === undefined ? [] : [`-${char}`])]);

    expect([...RUN_VALUE_FLAGS].sort()).toEqual(valued.sort());
  });
});

function flags(): (Flag & { readonly command: string; readonly name: string })[] {
  return Object.entries(manifest.commands).flatMap(([command, { flags: own }]) =>
    Object.entries(own).map(([name, flag]) => ({ ...flag, command, name })),
  );
}
