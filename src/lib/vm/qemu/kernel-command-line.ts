/** What the kernel is told on its command line: facts about the machine, never a user's words. */
export interface KernelCommandLineOptions {
  readonly accelerator: 'kvm' | 'tcg';
  readonly cpus: number;
  /** frequency of the host's time stamp counter in `kHz`; undefined for the guest to measure */
  readonly tscKhz?: number | undefined;
}

/** Always: console, restart (which ends QEMU) on a panic, and no waits for hardware that is not there. */
const COMMON = ['console=hvc0', 'quiet', 'panic=-1', 'reboot=t', 'no_timer_check', 'tsc=reliable'];

/**
 * In software emulation a second of boot is a second of real work, so work without use is left out:
 * the calibration of the local APIC timer waits 200 ms; retpolines guard against a processor that
 * TCG is not; the jitter entropy collector measures itself for 60 ms and feeds only FIPS users.
 * See docs/design/0006-vm-and-guest.md for the measurements.
 */
const EMULATED = [
  'mitigations=off',
  'initcall_blacklist=jent_mod_init',
  'loop.max_loop=0',
  'dummy.numdummies=0',
];
const EMULATED_ONE_CPU = ['nolapic_timer'];

/** Returns the kernel command line of a QEMU machine. */
export function kernelCommandLine(options: KernelCommandLineOptions): string {
  if (options.accelerator === 'kvm') return COMMON.join(' ');
  const oneCpu = options.cpus === 1 ? EMULATED_ONE_CPU : [];
  const tsc = options.tscKhz === undefined ? [] : [`tsc_early_khz=${options.tscKhz}`];
  return [...COMMON, ...EMULATED, ...oneCpu, ...tsc].join(' ');
}
