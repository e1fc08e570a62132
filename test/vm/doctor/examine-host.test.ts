import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { examineHost, type HostReport } from '../../../src/lib/vm/doctor/examine-host.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';
import { MONITOR, VMM_OPTIONS } from '../support/vmm-options.js';

const temporary = useTemporaryDirectory();
const PLACES = { ...VMM_OPTIONS, monitor: MONITOR };

function check(report: HostReport, name: string): HostReport['checks'][number] | undefined {
  return report.checks.find((it) => it.name === name);
}

/** A directory with programs of these names alone. */
function programs(...names: string[]): string {
  const directory = join(temporary(), 'bin');
  mkdirSync(directory);
  for (const name of names) {
    writeFileSync(join(directory, name), '#!/bin/sh\n');
    chmodSync(join(directory, name), 0o755);
  }
  return directory;
}

describe('examineHost()', () => {
  it('finds everything that the set-up brings, and the VMM that is then used', async () => {
    const report = await examineHost(PLACES);

    const software = ['guest kernel', 'guest program', 'monitor', 'libkrun', 'QEMU', 'virtiofsd'];
    for (const name of software)
      expect(check(report, name), name).toMatchObject({ status: 'present', fix: null });
    expect(report.vmm).toBe(report.krunProblem === null ? 'krun' : 'qemu');
  });

  it('says that nothing can run without the guest kernel, and how to get it', async () => {
    const report = await examineHost({ ...PLACES, kernel: { system: [], fetched: [temporary()] } });

    expect(report).toMatchObject({ vmm: null, accelerator: null });
    expect(check(report, 'guest kernel')).toMatchObject({
      status: 'missing',
      fix: 'bash scripts/fetch-kernel',
    });
  });

  it.each([
    { manager: 'apt-get', fix: 'sudo apt-get install -y qemu-system-x86' },
    { manager: 'dnf', fix: 'sudo dnf install -y qemu-system-x86-core' },
    { manager: 'pacman', fix: 'sudo pacman -S --needed qemu-system-x86' },
    { manager: 'none', fix: null },
  ])('names the package of $manager for a missing program', async ({ manager, fix }) => {
    const report = await examineHost({ ...PLACES, searchPath: programs(manager) });

    expect(check(report, 'QEMU')).toMatchObject({ status: 'missing', fix });
  });

  it.each([
    { manager: 'apt-get', fix: 'bash scripts/fetch-krun' },
    { manager: 'dnf', fix: 'sudo dnf install -y libkrun' },
  ])('says how libkrun comes to a host with $manager', async ({ manager, fix }) => {
    const krun = { ...PLACES.krun, library: { system: [], fetched: [temporary()] } };

    const report = await examineHost({ ...PLACES, krun, searchPath: programs(manager) });

    expect(check(report, 'libkrun')).toMatchObject({ found: 'libkrun.so.1 is not there', fix });
  });

  it('names the library that libkrun lacks', async () => {
    const launcher = join(temporary(), 'mono-krun');
    const lack = 'libcap-ng.so.0: cannot open shared object file: No such file or directory';
    writeFileSync(
      launcher,
      `#!/bin/sh\necho 'mono-krun: cannot load libkrun: ${lack}' >&2; exit 81\n`,
    );
    chmodSync(launcher, 0o755);
    const krun = { ...PLACES.krun, launcher };

    const report = await examineHost({ ...PLACES, krun, searchPath: programs('apt-get') });

    expect(check(report, 'libkrun')).toMatchObject({
      found: `cannot load libkrun: ${lack}`,
      fix: 'sudo apt-get install -y libcap-ng0',
    });
  });

  it('tells to build what is built from this package', async () => {
    const missing = join(temporary(), 'none');
    const krun = { ...PLACES.krun, launcher: missing };

    const qemu = { launcher: missing, guard: missing };
    const places = { ...PLACES, krun, qemu, guestProgram: missing, monitor: missing };
    const report = await examineHost(places);

    for (const name of ['guest program', 'monitor', 'libkrun', 'QEMU launcher'])
      expect(check(report, name)?.fix, name).toBe('bash scripts/build-native');
  });
});
