import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { HostReport } from '../../../src/lib/vm/doctor/examine-host.js';
import { NOBODY } from '../../support/as-nobody.js';
import { readSchema, schemaFaults } from '../../support/json-schema.js';
import { PROGRAM, runMono, type MonoRun } from '../../support/mono.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const temporary = useTemporaryDirectory();

async function doctor(args: readonly string[], env: Record<string, string> = {}): Promise<MonoRun> {
  return runMono(['doctor', ...args], { cwd: temporary(), home: temporary(), env });
}

describe('mono doctor', () => {
  it('ends with 0 and what machines run on, where they can', async () => {
    const { stdout, stderr, exitCode } = await doctor([]);

    expect(stdout).toMatch(/^ok {2}guest kernel +\/.*libkrunfw\.so\.5$/m);
    expect(stdout).toMatch(/^ok {2}QEMU +\/usr\/bin\/qemu-system-x86_64$/m);
    expect(stderr).toMatch(/^microVMs run on (?:krun|QEMU), /);
    expect(exitCode).toBe(0);
  });

  it('ends with 16 where nothing can run, and says what would change that', async () => {
    const { stdout, stderr, exitCode } = await doctor([], { MONO_KERNEL: '/nonexistent' });

    expect(stdout).toMatch(/^-- {2}guest kernel +libkrunfw\.so\.5 is not there$/m);
    expect(stdout).toMatch(/^ +fix: bash scripts\/fetch-kernel$/m);
    expect(stderr).toBe('This host cannot run microVMs yet\n');
    expect(exitCode).toBe(16);
  });

  it('says who may not open /dev/kvm, and what would change that', () => {
    const closed = join(temporary(), 'kvm');
    writeFileSync(closed, '');
    chmodSync(closed, 0);
    chmodSync(temporary(), 0o755);
    const script = [
      'mount --bind "$1" /dev/kvm',
      `exec setpriv --reuid=${NOBODY} --regid=${NOBODY} --clear-groups "$2" "$3" doctor`,
    ].join(' && ');
    const args = ['--mount', 'sh', '-c', script, 'sh', closed, process.execPath, PROGRAM];

    const { stdout } = spawnSync('/usr/bin/unshare', args, {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] ?? '', HOME: temporary(), MONO_HOME: temporary() },
    });

    expect(stdout).toMatch(
      /^-- {2}\/dev\/kvm +this user may not open it\n.*\n +fix: sudo usermod -aG kvm \$USER$/m,
    );
    expect(stdout).toMatch(/^ok {2}user namespaces +allowed$/m);
  });

  it('prints a document of its schema with --json', async () => {
    const { stdout, stderr, exitCode } = await doctor(['--json'], { MONO_GUEST: '/nonexistent' });

    const document = JSON.parse(stdout) as HostReport;
    expect([schemaFaults(document, readSchema('doctor.json')), stderr, exitCode]).toEqual([
      [],
      '',
      16,
    ]);
    expect(document.checks.find(({ name }) => name === 'guest program')).toMatchObject({
      status: 'missing',
      fix: 'bash scripts/build-native',
    });
  });
});
