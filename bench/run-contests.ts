import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { kernelCommandLine } from '../src/lib/vm/qemu/kernel-command-line.js';
import type { Contest, Contestant } from './contest.js';
import { installOnce, type InstallSetting } from './install-contests.js';
import { execute } from './measure.js';
import { projectName, workspace } from './workspace.js';

const ROOT = 'root=/dev/vda rootfstype=erofs ro init=/bin/true';
const PLAIN = 'console=hvc0 panic=-1 reboot=t no_timer_check tsc=reliable quiet';

/** The program, its processor and its kernel command line, of one bare machine. */
interface BareMachine {
  readonly name: string;
  readonly cpu: string;
  readonly commandLine: string;
}

/** From the command to its exit code, beside QEMU with the same kernel and the same image. */
export function runTrue(setting: InstallSetting): Contest {
  const own = workspace(setting.scratch, 'run');
  installOnce(own, setting.image);
  const run = own.mono('run', projectName(setting.image), '--', 'true');
  execute(run); // the first run on a machine makes the kernel that the others boot
  return {
    title: `run true in ${setting.image}`,
    cold: false,
    contestants: [
      { name: 'mono run', command: run },
      ...bareMachines().map((machine) => bareQemu(own.home, machine)),
    ],
  };
}

/**
 * The plain machine, and one with what `mono` leaves out of the boot (docs/design/0006-vm-and-guest.md). Both
 * are emulated in software: a comparison for hosts where `mono` does the same.
 */
function bareMachines(): BareMachine[] {
  const own = kernelCommandLine({ accelerator: 'tcg', cpus: 1 });
  return [
    { name: 'bare QEMU', cpu: 'max', commandLine: PLAIN },
    { name: "bare QEMU, mono's options", cpu: 'max,-svm', commandLine: own },
  ];
}

/** The command is PID 1: the kernel panics when it ends, restarts, and QEMU exits. */
function bareQemu(home: string, { name, cpu, commandLine }: BareMachine): Contestant {
  const argv = [
    ...['qemu-system-x86_64', '-M', 'microvm,acpi=off,pit=on,pic=on,rtc=on'],
    ...['-accel', 'tcg,thread=multi', '-cpu', cpu, '-m', '512M'],
    ...['-no-reboot', '-nodefaults', '-display', 'none'],
    ...['-kernel', onlyFile(join(home, 'cache/kernels'), '.elf')],
    ...['-append', `${commandLine} ${ROOT}`],
    ...['-device', 'virtio-serial-device', '-chardev', 'null,id=console'],
    ...['-device', 'virtconsole,chardev=console'],
    ...['-blockdev', rootDisk(onlyFile(join(home, 'cache/rootfs'), 'qemu.vmdk'))],
    ...['-device', 'virtio-blk-device,drive=root'],
  ];
  return { name, command: { argv } };
}

function rootDisk(descriptor: string): string {
  const file = { driver: 'file', filename: descriptor, 'read-only': true, locking: 'off' };
  return JSON.stringify({ driver: 'vmdk', 'node-name': 'root', 'read-only': true, file });
}

function onlyFile(directory: string, ending: string): string {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  const found = names.filter((name) => name.endsWith(ending));
  if (found.length !== 1) throw new Error(`${directory}: one ${ending} file is expected`);
  return join(directory, found[0]!);
}
