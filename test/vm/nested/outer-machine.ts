import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, openSync, closeSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../..');
/** Debian's kernel and modules; scripts/fetch-nested-kernel brings them. */
const KERNEL = join(ROOT, 'build/nested');
const BUSYBOX = '/bin/busybox';

/** Where the outer machine sees the exchange. */
export const EXCHANGE = '/run/exchange';

/** What starts an outer machine. */
export interface OuterMachineOptions {
  /** the initramfs that `writeOuterInitramfs` makes */
  readonly initramfs: string;
  /** a directory that the machine sees as `EXCHANGE` */
  readonly exchange: string;
  /** the file that its console goes to */
  readonly console: string;
}

/** Starts an outer machine: two emulated processors with AMD-V, the host's filesystem, read-only. */
export function startOuterMachine(options: OuterMachineOptions): ChildProcess {
  const { initramfs, exchange } = options;
  const log = openSync(options.console, 'w');
  const child = spawn(
    'qemu-system-x86_64',
    [
      ...['-M', 'q35', '-accel', 'tcg,thread=multi', '-cpu', 'max,+svm', '-smp', '2', '-m', '2048'],
      ...['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-serial', 'stdio'],
      ...['-kernel', join(KERNEL, 'vmlinuz'), '-initrd', initramfs],
      ...['-append', 'console=ttyS0 quiet panic=-1 mitigations=off'],
      ...['-fsdev', 'local,id=host,path=/,security_model=none,readonly=on,multidevs=remap'],
      ...['-device', 'virtio-9p-pci,fsdev=host,mount_tag=host'],
      ...['-fsdev', `local,id=exchange,path=${exchange},security_model=none`],
      ...['-device', 'virtio-9p-pci,fsdev=exchange,mount_tag=exchange'],
    ],
    { stdio: ['ignore', log, log] },
  );
  closeSync(log);
  return child;
}

/** Ends an outer machine, if it has not ended, and waits until its process is gone. */
export async function stopOuterMachine(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Whether an outer machine has ended, by itself or not. */
export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Writes the initramfs of outer machines to `path`, which is in an empty directory. */
export function writeOuterInitramfs(path: string): void {
  const root = `${path}.root`;
  for (const name of ['bin', 'dev', 'host', 'proc', 'sys'])
    mkdirSync(join(root, name), { recursive: true });
  cpSync(BUSYBOX, join(root, 'bin/busybox'));
  cpSync(join(KERNEL, 'modules'), join(root, 'modules'), { recursive: true });
  cpSync(join(import.meta.dirname, 'init'), join(root, 'init'));
  const names = execFileSync('find', ['.'], { cwd: root });
  const archive = execFileSync(BUSYBOX, ['cpio', '-o', '-H', 'newc'], {
    ...{ cwd: root, input: names, maxBuffer: Infinity, stdio: ['pipe', 'pipe', 'ignore'] },
  });
  writeFileSync(path, archive);
}
