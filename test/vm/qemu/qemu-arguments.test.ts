import { describe, expect, it } from 'vitest';
import { qemuArguments } from '../../../src/lib/vm/qemu/qemu-arguments.js';
import type { MachineSpec } from '../../../src/lib/vm/vmm.js';

const MACHINE: MachineSpec = {
  rootfs: { format: 'raw', path: '/images/a,"b"=c' },
  cpus: 1,
  memoryMib: 256,
};

/** The argument that follows `name`. */
function option(args: readonly string[], name: string): string | undefined {
  return args[args.indexOf(name) + 1];
}

describe('qemuArguments()', () => {
  it('confines QEMU and gives it no default device', () => {
    const args = qemuArguments({ accelerator: 'tcg', kernel: '/k', initramfs: '/i' }, MACHINE);

    expect(option(args, '-sandbox')).toBe(
      'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny',
    );
    expect(args).toEqual(expect.arrayContaining(['-nodefaults', '-no-user-config', '-no-reboot']));
    expect(args.filter((argument) => argument === '-device')).toHaveLength(4);
  });

  it('opens the image read-only whatever its path holds', () => {
    const args = qemuArguments({ accelerator: 'tcg', kernel: '/k', initramfs: '/i' }, MACHINE);

    expect(JSON.parse(option(args, '-blockdev')!)).toMatchObject({
      driver: 'raw',
      'read-only': true,
      file: { filename: MACHINE.rootfs.path, 'read-only': true },
    });
  });

  it('runs several emulated processors on one thread', () => {
    const platform = { accelerator: 'tcg', kernel: '/k', initramfs: '/i' } as const;

    expect(option(qemuArguments(platform, { ...MACHINE, cpus: 2 }), '-accel')).toBe(
      'tcg,thread=single',
    );
    expect(option(qemuArguments(platform, { ...MACHINE, cpus: 2 }), '-append')).not.toContain(
      'nolapic',
    );
  });

  it('leaves the mitigations and timers of a real processor alone', () => {
    const args = qemuArguments({ accelerator: 'kvm', kernel: '/k', initramfs: '/i' }, MACHINE);

    expect(option(args, '-cpu')).toBe('host');
    expect(option(args, '-append')).not.toMatch(/mitigations|nolapic|blacklist/);
  });
});
