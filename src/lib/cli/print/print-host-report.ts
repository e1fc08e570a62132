import type { HostReport } from '../../vm/doctor/examine-host.js';
import type { HostCheck } from '../../vm/doctor/host-check.js';
import type { Output } from '../terminal/output.js';

/** Prints what a host can do: a line for each check, and under each gap the command that closes it. */
export function printHostReport(output: Output, report: HostReport): void {
  const width = Math.max(...report.checks.map(({ name }) => name.length));
  for (const check of report.checks) for (const line of checkLines(check, width)) output.data(line);
  for (const line of verdict(report)) output.talk(line);
}

function checkLines({ name, status, found, purpose, fix }: HostCheck, width: number): string[] {
  const start = `${status === 'present' ? 'ok ' : '-- '} ${name.padEnd(width)}  `;
  if (status === 'present') return [`${start}${found}`];
  const indent = ' '.repeat(start.length);
  return [
    `${start}${found}`,
    `${indent}for: ${purpose}`,
    ...(fix === null ? [] : [`${indent}fix: ${fix}`]),
  ];
}

function verdict({ vmm, accelerator, krunProblem }: HostReport): string[] {
  if (vmm === null) return ['This host cannot run microVMs yet'];
  if (vmm === 'krun') return ['microVMs run on krun, with hardware virtualisation'];
  const how =
    accelerator === 'kvm' ? 'with hardware virtualisation' : 'in software emulation, slowly';
  return [`microVMs run on QEMU, ${how}`, `Not on krun: ${krunProblem ?? 'QEMU was asked for'}`];
}
