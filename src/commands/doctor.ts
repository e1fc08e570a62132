import { BaseCommand } from '../lib/cli/base-command.js';
import { doctor, type Diagnosis } from '../lib/cli/host/doctor.js';

/** `mono doctor` */
export default class Doctor extends BaseCommand {
  static override summary = 'Say whether this host can run microVMs, and what is missing';
  static override description =
    'Looks for what microVMs need and can use: hardware virtualisation, the VMMs, the guest kernel, helper programs. Under each gap stands what it is for and the command that closes it. The exit code is 16 when no microVM can run.';

  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];

  async run(): Promise<Diagnosis['report']> {
    const { flags } = await this.parse(Doctor);
    const { report, exitCode } = await doctor(this.context(flags));
    process.exitCode = exitCode;
    return report;
  }
}
