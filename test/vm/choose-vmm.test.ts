import { describe, expect, it } from 'vitest';
import { chooseVmm } from '../../src/lib/vm/choose-vmm.js';
import { readHostFacts, type HostFacts } from '../../src/lib/vm/host-facts.js';
import { failureOf } from '../support/failure.js';

const HOST: HostFacts = {
  platform: 'linux',
  arch: 'x64',
  kvm: 'usable',
  qemu: '/usr/bin/qemu-system-x86_64',
  setpriv: '/usr/bin/setpriv',
  virtiofsd: '/usr/lib/qemu/virtiofsd',
  unshare: '/usr/bin/unshare',
  isRoot: false,
};

describe('chooseVmm()', () => {
  it('takes hardware virtualisation where it is usable, without a note', () => {
    expect(chooseVmm(HOST)).toEqual({ vmm: 'qemu', program: HOST.qemu, accelerator: 'kvm' });
  });

  it.each([
    { kvm: 'absent', note: /no hardware virtualisation/ },
    { kvm: 'denied', note: /usermod -aG kvm/ },
  ] as const)('falls back to software emulation and says why where it is $kvm', ({ kvm, note }) => {
    const choice = chooseVmm({ ...HOST, kvm });

    expect(choice.accelerator).toBe('tcg');
    expect(choice.note).toMatch(note);
  });

  it('names the package to install where QEMU is missing', () => {
    const error = failureOf(() => chooseVmm({ ...HOST, qemu: undefined }));

    expect(error.code).toBe('VM_UNAVAILABLE');
    expect(error.hint).toContain('apt-get install qemu-system-x86');
  });

  it.each([{ platform: 'darwin' }, { arch: 'arm64' }])('refuses a host with %o', (difference) => {
    expect(failureOf(() => chooseVmm({ ...HOST, ...difference })).code).toBe('VM_UNAVAILABLE');
  });
});

describe('readHostFacts()', () => {
  it('finds programs along the absolute parts of the search path only', async () => {
    const found = await readHostFacts('relative:/nonexistent:/usr/bin');

    expect(found.qemu).toBe('/usr/bin/qemu-system-x86_64');
    expect((await readHostFacts('usr/bin:')).qemu).toBeUndefined();
  });
});
