import { describe, expect, it } from 'vitest';
import { chooseVmm, krunProblem } from '../../src/lib/vm/choose-vmm.js';
import { isKvmUsable, readHostFacts, type HostFacts } from '../../src/lib/vm/host-facts.js';
import { failureOf } from '../support/failure.js';
import { VMM_OPTIONS } from './support/vmm-options.js';

const KRUN = { launcher: '/build/mono-krun', library: '/lib/libkrun.so.1', problem: undefined };
const HOST: HostFacts = {
  platform: 'linux',
  arch: 'x64',
  hasVirtualisation: true,
  kvmDevice: 'opens',
  qemu: '/usr/bin/qemu-system-x86_64',
  missingConfinement: undefined,
  krun: KRUN,
  virtiofsd: '/usr/lib/qemu/virtiofsd',
  unshare: '/usr/bin/unshare',
  isRoot: false,
};
const WITHOUT_KRUN: HostFacts = { ...HOST, krun: { ...KRUN, problem: 'it cannot be loaded' } };

describe('chooseVmm()', () => {
  it('takes krun where the processor, the device and the library are there', () => {
    expect(chooseVmm(HOST)).toEqual({
      ...{ vmm: 'krun', program: KRUN.launcher, library: KRUN.library, accelerator: 'kvm' },
    });
  });

  it('takes QEMU on the same hardware where libkrun cannot be loaded, without a note', () => {
    expect(chooseVmm(WITHOUT_KRUN)).toEqual({
      vmm: 'qemu',
      program: HOST.qemu,
      accelerator: 'kvm',
    });
  });

  it.each([
    { name: 'the processor lacks it', facts: { hasVirtualisation: false }, note: /no hardware/ },
    { name: 'its device is absent', facts: { kvmDevice: 'absent' }, note: /no hardware/ },
    { name: 'its device is denied', facts: { kvmDevice: 'denied' }, note: /usermod -aG kvm/ },
  ] as const)('takes software emulation and says why where $name', ({ facts, note }) => {
    const choice = chooseVmm({ ...HOST, ...facts });

    expect(choice).toMatchObject({ vmm: 'qemu', accelerator: 'tcg' });
    expect(choice.note).toMatch(note);
  });

  it('takes what is wished for', () => {
    expect(chooseVmm(HOST, 'qemu')).toMatchObject({ vmm: 'qemu', accelerator: 'kvm' });
    expect(chooseVmm(HOST, 'krun')).toMatchObject({ vmm: 'krun' });
  });

  it.each([
    { facts: { hasVirtualisation: false }, reason: 'no hardware virtualisation' },
    { facts: { kvmDevice: 'denied' }, reason: 'may not open /dev/kvm' },
    { facts: { kvmDevice: 'absent' }, reason: '/dev/kvm is not there' },
    { facts: { krun: WITHOUT_KRUN.krun }, reason: 'it cannot be loaded' },
  ] as const)('refuses a wish for krun, saying that $reason', ({ facts, reason }) => {
    const error = failureOf(() => chooseVmm({ ...HOST, ...facts }, 'krun'));

    expect(error.code).toBe('VM_UNAVAILABLE');
    expect(error.message).toContain(reason);
    expect(error.hint).toContain('mono doctor');
    expect(krunProblem({ ...HOST, ...facts })).toContain(reason);
  });

  it('says what is missing where there is no VMM', () => {
    const error = failureOf(() => chooseVmm({ ...WITHOUT_KRUN, qemu: undefined }));

    expect(error.code).toBe('VM_UNAVAILABLE');
    expect(error.message).toContain('qemu-system-x86_64');
  });

  it('refuses QEMU without its confinement', () => {
    const missingConfinement = '/build/mono-qemu-guard.so';

    const error = failureOf(() => chooseVmm({ ...WITHOUT_KRUN, missingConfinement }));

    expect(error.code).toBe('VM_UNAVAILABLE');
    expect(error.message).toContain(missingConfinement);
  });

  it.each([{ platform: 'darwin' }, { arch: 'arm64' }])('refuses a host with %o', (difference) => {
    expect(failureOf(() => chooseVmm({ ...HOST, ...difference })).code).toBe('VM_UNAVAILABLE');
  });
});

describe('readHostFacts()', () => {
  it('finds programs along the absolute parts of the search path only', async () => {
    const found = await readHostFacts({ ...VMM_OPTIONS, searchPath: 'relative:/none:/usr/bin' });

    expect(found.qemu).toBe('/usr/bin/qemu-system-x86_64');
    expect((await readHostFacts({ ...VMM_OPTIONS, searchPath: 'usr/bin:' })).qemu).toBeUndefined();
  });

  it('says which part of the confinement of QEMU is not there', async () => {
    const guard = '/none/mono-qemu-guard.so';
    const qemu = { ...VMM_OPTIONS.qemu, guard };

    expect((await readHostFacts(VMM_OPTIONS)).missingConfinement).toBeUndefined();
    expect((await readHostFacts({ ...VMM_OPTIONS, qemu })).missingConfinement).toBe(guard);
  });

  it('says whether libkrun can be loaded', async () => {
    const { krun } = await readHostFacts(VMM_OPTIONS);

    expect(krun.library).toMatch(/build\/kernel\/libkrun\.so\.1$/);
    expect(krun.problem).toBeUndefined();
  });

  it('tries libkrun only where machines could run on hardware, when asked so', async () => {
    const facts = await readHostFacts(VMM_OPTIONS, { tryKrun: 'usable' });

    expect(facts.krun.problem).toBe(isKvmUsable(facts) ? undefined : 'it was not tried');
  });
});
