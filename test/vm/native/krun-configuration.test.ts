import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  encodeConfiguration,
  type LauncherConfiguration,
} from '../../../src/lib/vm/krun/launcher-configuration.js';
import { runsOf, seed } from '../../support/randomness.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const temporary = useTemporaryDirectory();
const KRUN = join(import.meta.dirname, '../../../native/krun');
const WARNINGS = ['-std=c11', '-D_GNU_SOURCE', '-Wall', '-Wextra', '-Werror'];

/** What krun-configuration.c expects of the parser. */
const CONFIGURATION: LauncherConfiguration = {
  library: '/lib/libkrun.so.1',
  kernel: '/cache/kernel.elf',
  initramfs: '/cache/guest.cpio',
  commandLine: 'console=hvc0 quiet',
  cpus: 2,
  memoryMib: 70_000,
  image: {
    parts: [
      { path: '/packs/1.pack', offsetBytes: 4096, lengthBytes: 8192 },
      { path: '/packs/2.pack', offsetBytes: 0, lengthBytes: 2 ** 40 },
      { path: '/packs/1.pack', offsetBytes: 0, lengthBytes: 512 },
    ],
  },
  disks: [{ path: '/state/writes,=.raw', readOnly: false }],
  volumes: [
    { tag: 'volume0', path: '/home', readOnly: false },
    { tag: 'volume1', path: '/srv/hä', readOnly: true },
  ],
  sockets: {
    restricted: true,
    nameServer: '10.0.0.53',
    ports: [{ guestPort: 80, hostPort: 8080, hostAddress: '127.0.0.1' }],
  },
};

describe('the parser of the launcher', () => {
  it('reads what is written for it, and stays in bounds, under AddressSanitizer and UBSan', () => {
    const program = join(temporary(), 'krun-configuration');
    execFileSync('gcc', [
      ...[...WARNINGS, '-O1', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'],
      ...['-o', program, join(import.meta.dirname, 'krun-configuration.c')],
      join(KRUN, 'configuration.c'),
    ]);

    const output = execFileSync(program, [String(seed), String(runsOf(20_000))], {
      input: encodeConfiguration(CONFIGURATION),
      encoding: 'utf8',
    });

    expect(output, `seed ${seed}`).toBe('ok\n');
  });

  it('knows nothing of Linux outside one directory', () => {
    const portable = ['main.c', 'configuration.c', 'library.c', 'machine.c', 'portable.c'];
    const options = ['-std=c11', '-D_POSIX_C_SOURCE=200809L', '-Wall', '-Wextra', '-Werror'];

    const compile = (): unknown =>
      execFileSync('gcc', [
        ...[...options, '-o', join(temporary(), 'portable')],
        ...portable.map((name) => join(KRUN, name)),
        '-ldl',
      ]);

    expect(compile).not.toThrow();
  });
});
