import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import {
  encodeConfiguration,
  type LauncherConfiguration,
} from '../../../src/lib/vm/krun/launcher-configuration.js';
import { LAUNCHER_STATUS } from '../../../src/lib/vm/krun/launcher-status.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';
import { VMM_OPTIONS } from '../support/vmm-options.js';

const temporary = useTemporaryDirectory();
const { launcher } = VMM_OPTIONS.krun;

/** What the launcher makes of a configuration that no machine comes of. */
function launch(configuration: Uint8Array): { status: number | null; stderr: string } {
  const path = join(temporary(), 'configuration');
  writeFileSync(path, configuration);
  const fd = openSync(path, 'r');
  const { status, stderr } = spawnSync(launcher, [], {
    ...{ encoding: 'utf8', env: {}, stdio: ['ignore', 'pipe', 'pipe', 'ignore', fd] },
  });
  closeSync(fd);
  return { status, stderr };
}

/** A configuration whose files exist; the library does not. */
function configurationWith(changes: Partial<LauncherConfiguration>): Uint8Array {
  const file = join(temporary(), 'file');
  writeFileSync(file, 'bytes');
  return encodeConfiguration({
    ...{
      library: '/nonexistent/libkrun.so.1',
      kernel: file,
      initramfs: file,
      commandLine: 'quiet',
    },
    ...{ cpus: 1, memoryMib: 256, volumes: [], sockets: undefined },
    ...{ image: { path: file }, disks: [] },
    ...changes,
  });
}

describe('mono-krun', () => {
  it('refuses what is no configuration', () => {
    const { status, stderr } = launch(Buffer.from('nonsense'));

    expect(status).toBe(LAUNCHER_STATUS.configurationInvalid);
    expect(stderr).toBe('mono-krun: cannot use the configuration: it does not begin as one\n');
  });

  it('names the library that cannot be loaded', () => {
    const { status, stderr } = launch(configurationWith({}));

    expect(status).toBe(LAUNCHER_STATUS.libraryMissing);
    expect(stderr).toContain('/nonexistent/libkrun.so.1');
  });

  it('says which function a library lacks', () => {
    const library = '/lib/x86_64-linux-gnu/libc.so.6';

    const { status, stderr } = launch(configurationWith({ library }));

    expect(status).toBe(LAUNCHER_STATUS.libraryUnsuitable);
    expect(stderr).toContain('has no krun_init_log');
  });

  it.each([
    { name: 'kernel', changes: { kernel: '/nonexistent/file' } },
    { name: 'initramfs', changes: { initramfs: '/nonexistent/file' } },
    { name: 'image', changes: { image: { path: '/nonexistent/file' } } },
    {
      name: 'file with a part of the image',
      changes: {
        image: { parts: [{ path: '/nonexistent/file', offsetBytes: 0, lengthBytes: 1 }] },
      },
    },
  ] as const)('names the $name that cannot be opened', ({ changes }) => {
    const { status, stderr } = launch(configurationWith(changes));

    expect(status).toBe(LAUNCHER_STATUS.fileMissing);
    expect(stderr).toBe('mono-krun: cannot open /nonexistent/file: No such file or directory\n');
  });

  it('refuses an image with a part that its file has not got', () => {
    const path = '/etc/hostname';
    const parts = [{ path, offsetBytes: 4096, lengthBytes: 1 }];

    const { status, stderr } = launch(configurationWith({ image: { parts } }));

    expect(status).toBe(LAUNCHER_STATUS.fileMissing);
    expect(stderr).toBe(`mono-krun: ${path} is too short\n`);
  });

  it.each([{ readOnly: false }, { readOnly: true }])(
    'leaves a directory that does not exist alone, read-only or not: $readOnly',
    ({ readOnly }) => {
      const volumes = [{ tag: 'volume0', path: '/nonexistent', readOnly }];

      const { status, stderr } = launch(configurationWith({ volumes }));

      expect(status).toBe(LAUNCHER_STATUS.volumeUnprotected);
      expect(stderr).toContain('cannot share a directory: No such file or directory');
    },
  );

  it.each([
    { name: 'two for writing', first: false, second: false, refused: true },
    { name: 'one for writing beside a reader', first: true, second: false, refused: true },
    { name: 'one for reading beside a writer', first: false, second: true, refused: true },
    { name: 'two for reading', first: true, second: true, refused: false },
  ])('lets machines share a disk only to read it: $name', ({ first, second, refused }) => {
    const path = join(temporary(), 'shared');
    writeFileSync(path, 'bytes of a disk');
    const disks = [
      { path, readOnly: first },
      { path, readOnly: second },
    ];

    const { status, stderr } = launch(configurationWith({ disks }));

    expect(status).toBe(refused ? LAUNCHER_STATUS.fileMissing : LAUNCHER_STATUS.libraryMissing);
    expect(stderr.includes('another machine uses it')).toBe(refused);
  });

  it('keeps off a disk that a QEMU machine writes to', async () => {
    const path = join(temporary(), 'shared');
    writeFileSync(path, Buffer.alloc(4096));
    const qemu = spawn('qemu-io', ['-f', 'raw', '-c', 'sleep 60000', path], { stdio: 'ignore' });
    const disks = [{ path, readOnly: true }];
    const inode = `:${statSync(path).ino} `;
    await vi.waitUntil(() => readFileSync('/proc/locks', 'latin1').includes(inode), {
      timeout: 30_000,
    });

    const { status, stderr } = launch(configurationWith({ disks }));
    qemu.kill('SIGKILL');
    await once(qemu, 'exit');

    expect(status).toBe(LAUNCHER_STATUS.fileMissing);
    expect(stderr).toContain('another machine uses it');
    expect(launch(configurationWith({ disks })).status).toBe(LAUNCHER_STATUS.libraryMissing);
  });
});
