import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { vmdkDescriptor } from '../../../src/lib/rootfs/mapped/vmdk-descriptor.js';
import { NO_DEVICES, type MachineDevices } from '../../../src/lib/vm/devices.js';
import { createKrunVmm } from '../../../src/lib/vm/krun/krun-vmm.js';
import type { RootDisk } from '../../../src/lib/vm/root-disk.js';
import type { MachinePlan } from '../../../src/lib/vm/vmm.js';
import { rejectionOf } from '../../support/failure.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const temporary = useTemporaryDirectory();

const VMM = createKrunVmm({
  launcher: '/bin/mono-krun',
  library: '/lib/libkrun.so.1',
  kernel: '/cache/kernel.elf',
  initramfs: '/cache/guest.cpio',
});

async function planFor(
  devices: Partial<MachineDevices>,
  rootfs: RootDisk = { format: 'raw', path: '/images/root, one=.erofs' },
): Promise<MachinePlan> {
  const spec = { rootfs, cpus: 2, memoryMib: 512, devices: { ...NO_DEVICES, ...devices } };
  return VMM.plan(spec, '/run/box');
}

function configurationOf(plan: MachinePlan): string {
  return Buffer.from(plan.vmm.configuration ?? []).toString('latin1');
}

describe('createKrunVmm()', () => {
  it('plans one process that is told all over its configuration', async () => {
    const plan = await planFor({});

    expect(plan.vmm).toMatchObject({ file: '/bin/mono-krun', args: [] });
    expect(plan.vmm.env).toBeUndefined();
    expect(plan.helpers).toEqual([]);
    expect(plan.network).toBeUndefined();
    const configuration = configurationOf(plan);
    for (const text of ['/lib/libkrun.so.1', '/cache/kernel.elf', '/cache/guest.cpio'])
      expect(configuration).toContain(`${text}\0`);
    expect(configuration).toContain('\x05\0\x05\0\x02\x00\x02\0\0');
    expect(configuration).toContain('\x06\x01\x1a\0\0/images/root, one=.erofs\0');
  });

  it('hands an image of parts on as its files and parts', async () => {
    const krun = join(temporary(), 'krun.vmdk');
    const extent = { offsetBytes: 4096, lengthBytes: 8192 };
    const extents = ['/p/1', '/p/2', '/p/1'].map((path) => ({ path, ...extent }));
    writeFileSync(krun, vmdkDescriptor(extents, 'krun'));

    const plan = await planFor({}, { format: 'vmdk', descriptors: { qemu: '/none', krun } });

    const part = (file: string): string =>
      `\x0b\0\x14\0${file}\0\0\0\0\x10\0\0\0\0\0\0\0\x20\0\0\0\0\0\0`;
    expect(configurationOf(plan)).toContain(
      `\x06\x01\x01\0\x01\x0a\0\x05\0/p/1\0\x0a\0\x05\0/p/2\0${part('\0')}${part('\x01')}${part('\0')}`,
    );
  });

  it('adds disks after that of the image, that for writes first, and volumes with their tags', async () => {
    const plan = await planFor({
      writes: { kind: 'disk', path: '/state/w' },
      disks: [{ path: '/state/d', guestPath: '/d', readOnly: true }],
      volumes: [
        { hostPath: '/a', guestPath: '/x', readOnly: false },
        { hostPath: '/b', guestPath: '/y', readOnly: true },
      ],
    });

    const configuration = configurationOf(plan);
    expect(configuration).toContain('.erofs\0\x06\0\x0a\0\0/state/w\0\x06\x01\x0a\0\0/state/d\0');
    expect(configuration).toContain('\x07\0\x0b\0volume0\0/a\0\x07\x01\x0b\0volume1\0/b\0');
  });

  it.each([
    { network: 'outbound', flags: '\x00' },
    { network: 'none', flags: '\x02' },
  ] as const)('forwards ports where the network is $network', async ({ network, flags }) => {
    const port = {
      protocol: 'tcp',
      hostAddress: '127.0.0.1',
      hostPort: 8080,
      guestPort: 80,
    } as const;

    const plan = await planFor({ network, ports: [port] });

    expect(plan.network).toMatchObject({ kind: 'sockets' });
    const configuration = configurationOf(plan);
    expect(configuration).toContain(`\x08${flags}\x04\0`);
    expect(configuration).toContain('\x09\0\x08\0\x50\0\x90\x1f\x7f\0\0\x01');
  });

  it('refuses more devices than libkrun has place for', async () => {
    const disks = ['/a', '/b', '/c', '/d', '/e', '/f'].map((path) => ({
      ...{ path, guestPath: path, readOnly: true },
    }));

    await expect(planFor({ disks })).resolves.toBeDefined();
    const error = await rejectionOf(planFor({ disks, network: 'outbound' }));

    expect(error.code).toBe('VM_SPEC_INVALID');
    expect(error.message).toContain('7 devices');
  });

  it('refuses a UDP port, which libkrun does not forward', async () => {
    const port = {
      protocol: 'udp',
      hostAddress: '127.0.0.1',
      hostPort: 53,
      guestPort: 53,
    } as const;

    const error = await rejectionOf(planFor({ ports: [port] }));

    expect(error.code).toBe('VM_SPEC_INVALID');
    expect(error.hint).toContain('--vmm qemu');
  });
});
