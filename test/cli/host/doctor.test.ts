import { describe, expect, it } from 'vitest';
import type { HostReport } from '../../../src/lib/vm/doctor/examine-host.js';
import { readSchema, schemaFaults } from '../../support/json-schema.js';
import { runMono, type MonoRun } from '../../support/mono.js';
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
