import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Contest, Contestant } from './contest.js';
import { installOnce, type InstallSetting } from './install-contests.js';
import { execute } from './measure.js';
import { workspace } from './workspace.js';

const COMMON = 'console=hvc0 root=/dev/vda rootfstype=erofs ro init=/bin/true panic=-1 reboot=t';

/**
 * The kernel command lines of the bare machine: the plain one, and one with what `mono` leaves out
 * of the boot under software emulation (docs/design/0006-vm-and-guest.md).
 */
const BARE_COMMAND_LINES = {
  'bare QEMU': `${COMMON} no_timer_check tsc=reliable quiet`,
  'bare QEMU, tuned kernel line': `${COMMON} no_timer_check tsc=reliable quiet mitigations=off initcall_blacklist=jent_mod_init loop.max_loop=0 dummy.numdummies=0 nolapic_timer`,
};

/** From the command to its exit code, beside QEMU with the same kernel and the same image. */
export function runTrue(setting: InstallSetting): Contest {
  const own = workspace(setting.scratch, 'run');
  installOnce(own, setting.image);
  const name = setting.image.replace(/^.*\/|:.*$/g, '');
  const run = own.mono('run', name, '--', 'true');
  execute(run); // the first run on a machine makes the kernel that the others boot
  return {
    title: `run true in ${setting.image}`,
    cold: false,
    contestants: [
      { name: 'mono run', command: run },
      ...Object.entries(BARE_COMMAND_LINES).map(([name, commandLine]) =>
        bareQemu(own.home, name, commandLine),
      ),
    ],
  };
}

/** The command is PID 1: the kernel panics when it ends, restarts, and QEMU exits. */
function bareQemu(home: string, name: string, commandLine: string): Contestant {
  const kernel = onlyFile(join(home, 'cache/kernels'), '.elf');
  const image = onlyFile(join(home, 'cache/rootfs'), '.erofs');
  const argv = [
    ...['qemu-system-x86_64', '-M', 'microvm,acpi=off,pit=on,pic=on,rtc=on'],
    ...['-accel', 'tcg,thread=multi', '-cpu', 'max', '-m', '512M'],
    ...['-no-reboot', '-nodefaults', '-display', 'none', '-kernel', kernel, '-append', commandLine],
    ...['-device', 'virtio-serial-device', '-chardev', 'null,id=console'],
    ...['-device', 'virtconsole,chardev=console'],
    ...['-drive', `id=root,file=${image},format=raw,if=none,readonly=on`],
    ...['-device', 'virtio-blk-device,drive=root'],
  ];
  return { name, command: { argv } };
}

function onlyFile(directory: string, ending: string): string {
  const names = readdirSync(directory).filter((name) => name.endsWith(ending));
  if (names.length !== 1) throw new Error(`${directory}: one ${ending} file is expected`);
  return join(directory, names[0]!);
}
