import { EXIT } from '../../error-codes.js';
import { examineHost, type HostReport } from '../../vm/doctor/examine-host.js';
import type { Context } from '../context.js';
import { printHostReport } from '../print/print-host-report.js';

/** What `mono doctor` has found. */
export interface Diagnosis {
  readonly report: HostReport;
  readonly exitCode: number;
}

/** Prints what this host can do for microVMs. */
export async function doctor(context: Context): Promise<Diagnosis> {
  const report = await examineHost(context.machinePlaces);
  printHostReport(context.output, report);
  return { report, exitCode: report.vmm === null ? EXIT.noVirtualMachine : EXIT.ok };
}
