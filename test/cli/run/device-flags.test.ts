import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { devicesOfFlags, itemsOfEnvFiles } from '../../../src/lib/cli/run/device-flags.js';
import { failureOf, rejectionOf } from '../../support/failure.js';

describe('devicesOfFlags()', () => {
  it('reads ports, volumes and filesystems in memory', () => {
    const devices = devicesOfFlags({
      publish: ['8080:80'],
      volume: ['./src:/app:ro', 'data:/data'],
      tmpfs: ['/tmp'],
      network: 'none',
      'read-only': true,
    });

    expect(devices.ports).toHaveLength(1);
    expect(devices.mounts?.map((mount) => mount.kind)).toEqual(['directory', 'named', 'memory']);
    expect(devices).toMatchObject({ network: 'none', readOnly: true, persist: undefined });
  });

  it('says nothing where no flag is given', () => {
    expect(devicesOfFlags({})).toEqual({
      network: undefined,
      ports: [],
      mounts: [],
      readOnly: undefined,
      persist: undefined,
    });
  });

  it.each([
    [{ publish: ['http'] }, '--publish http', '8080:80'],
    [{ volume: ['data'] }, '--volume data', 'NAME:/PATH'],
    [{ tmpfs: ['tmp'] }, '--tmpfs tmp', '/PATH'],
    [{ 'read-only': true, persist: true }, 'keep writes', '--persist'],
  ])('refuses %j and says how it is written', (flags, message, hint) => {
    const error = failureOf(() => devicesOfFlags(flags));

    expect(error).toMatchObject({ code: 'USAGE_INVALID' });
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
  });
});

describe('itemsOfEnvFiles()', () => {
  it('returns lines as they are, but for comments and empty ones', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'mono-env-'));
    const path = join(directory, 'env');
    writeFileSync(path, '\uFEFF# comment\r\nA=1\n\n  B="quoted" # no comment\nPASSED_ON\n');
    try {
      expect(await itemsOfEnvFiles([path, path])).toHaveLength(6);
      expect(await itemsOfEnvFiles([path])).toEqual([
        'A=1',
        'B="quoted" # no comment',
        'PASSED_ON',
      ]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('names a file that it cannot read', async () => {
    const error = await rejectionOf(itemsOfEnvFiles(['/missing/env']));

    expect(error).toMatchObject({ code: 'IO_FAILED' });
    expect(error.message).toContain('/missing/env');
  });
});
