import { describe, expect, it } from 'vitest';
import { NO_DEVICES } from '../../../src/lib/vm/devices.js';
import { qemuArguments } from '../../../src/lib/vm/qemu/qemu-arguments.js';
import { volumeHelper } from '../../../src/lib/vm/qemu/volume-arguments.js';
import type { MachineSpec } from '../../../src/lib/vm/vmm.js';

const IMAGE = '/images/a,"b"=c';
const MACHINE: MachineSpec = {
  rootfs: { format: 'raw', path: IMAGE },
  cpus: 1,
  memoryMib: 256,
  devices: NO_DEVICES,
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
      file: { filename: IMAGE, 'read-only': true },
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

describe('qemuArguments() for devices', () => {
  const platform = { accelerator: 'tcg', kernel: '/k', initramfs: '/i' } as const;
  function argumentsWith(devices: Partial<MachineSpec['devices']>): string[] {
    return qemuArguments(platform, { ...MACHINE, devices: { ...NO_DEVICES, ...devices } });
  }

  it('forwards ports into a network that reaches nothing else', () => {
    const forward = { protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 8080, guestPort: 80 };

    expect(option(argumentsWith({ ports: [forward as never] }), '-netdev')).toBe(
      'user,id=net,ipv6=off,restrict=on,hostfwd=tcp:127.0.0.1:8080-:80',
    );
  });

  it('locks the disk for writes', () => {
    const args = argumentsWith({ writes: { kind: 'disk', path: '/d,isk' } });

    expect(
      JSON.parse(option(args.slice(args.lastIndexOf('-blockdev')), '-blockdev')!),
    ).toMatchObject({ 'node-name': 'disk0', file: { filename: '/d,isk', locking: 'on' } });
  });

  it('shares the memory of the guest only where a volume needs it', () => {
    const volume = { hostPath: '/data', guestPath: '/data', readOnly: false };

    expect(option(argumentsWith({}), '-M')).not.toContain('memory-backend');
    expect(option(argumentsWith({ volumes: [volume] }), '-M')).toContain('memory-backend=memory');
  });
});

describe('volumeHelper()', () => {
  const host = { virtiofsd: '/virtiofsd', unshare: '/unshare', isRoot: true };
  const options = { index: 1, host };

  it('gives a path that holds commas as one option', () => {
    const helper = volumeHelper({ hostPath: '/a,b\\c', guestPath: '/d', readOnly: false }, options);

    expect(helper).toMatchObject({ file: '/virtiofsd', socket: 'volume1.sock' });
    expect(helper.args).toContain('source=/a\\,b\\\\c');
  });

  it('enters a user namespace for a user who is not root', () => {
    const volume = { hostPath: '/data', guestPath: '/d', readOnly: true };
    const helper = volumeHelper(volume, { ...options, host: { ...host, isRoot: false } });

    expect(helper.file).toBe('/unshare');
    expect(helper.args.slice(0, 4)).toEqual(['--user', '--map-root-user', '--mount', '--']);
  });
});
