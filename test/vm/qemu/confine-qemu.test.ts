import { describe, expect, it } from 'vitest';
import { NO_DEVICES, type MachineDevices } from '../../../src/lib/vm/devices.js';
import { confineQemu } from '../../../src/lib/vm/qemu/confine-qemu.js';
import type { HostProcess } from '../../../src/lib/vm/vmm.js';

const QEMU = { file: '/bin/qemu-system-x86_64', args: ['-M', 'microvm'] };

async function confined(
  devices: Partial<MachineDevices> = {},
  { isRoot = false, file = QEMU.file } = {},
): Promise<HostProcess> {
  return confineQemu(
    { ...QEMU, file },
    {
      ...{ launcher: '/mono-qemu', guard: '/guard.so', boot: ['/kernel', '/initramfs'], isRoot },
      spec: {
        rootfs: { format: 'raw', path: '/image' },
        cpus: 1,
        memoryMib: 256,
        devices: { ...NO_DEVICES, ...devices },
      },
    },
  );
}

/** The values of an option of the launcher. */
function values({ args }: HostProcess, option: string): string[] {
  const own = args.slice(0, args.indexOf('--'));
  return own.filter((_, index) => own[index - 1] === option);
}

describe('confineQemu()', () => {
  it('starts the launcher, which becomes QEMU', async () => {
    const { file, args } = await confined();

    expect(file).toBe('/mono-qemu');
    expect(args.slice(args.indexOf('--guard'))).toEqual([
      ...['--guard', '/guard.so', '--', QEMU.file, ...QEMU.args],
    ]);
  });

  it('lets it read what the machine boots and what is of the system, not whole trees of others', async () => {
    const readable = values(await confined({}, { file: '/home/me/bin/qemu' }), '--read');

    expect(readable).toEqual(expect.arrayContaining(['/usr', '/kernel', '/initramfs', '/image']));
    expect(readable).toContain('/home/me/share');
    for (const tree of ['/', '/etc', '/home', '/home/me']) expect(readable).not.toContain(tree);
    expect(values(await confined(), '--read')).not.toContain('/');
  });

  it('lets it write to the disks that the guest can write to', async () => {
    const kept = { path: '/kept', guestPath: '/k', readOnly: false };
    const closed = { path: '/closed', guestPath: '/c', readOnly: true };
    const devices = { writes: { kind: 'disk', path: '/writes' }, disks: [kept, closed] } as const;

    const confinement = await confined(devices);

    expect(values(confinement, '--write')).toEqual(['/dev/kvm', '/dev/null', '/writes', '/kept']);
    expect(values(confinement, '--read')).toContain('/closed');
  });

  it('lets it listen on the forwarded ports, and ask the name server where there is a network', async () => {
    const ports = (['tcp', 'udp'] as const).map((protocol, index) => ({
      ...{ protocol, hostAddress: '127.0.0.1', hostPort: 8080 + index, guestPort: 80 },
    }));

    const restricted = await confined({ ports });
    const outbound = await confined({ ports, network: 'outbound' });

    expect(values(restricted, '--listen')).toEqual(['8080']);
    expect(restricted.env).toEqual({});
    expect(outbound.env).toEqual({ MONO_NAME_SERVER: expect.stringMatching(/^[\d.]+$/) as string });
    expect(values(outbound, '--read')).toContain('/etc/resolv.conf');
  });

  it('shows root no directory that holds secrets of root', async () => {
    const outbound = { network: 'outbound' } as const;

    expect(values(await confined(outbound, { isRoot: true }), '--read')).not.toContain('/etc');
  });
});
