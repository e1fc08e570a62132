import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../lib/cli/base-command.js';
import { transferServices } from '../lib/cli/compose/transfer-services.js';
import { printExport } from '../lib/cli/print/print-transfer.js';
import { offlineFlag } from '../lib/cli/shared-flags.js';
import { exportOutput } from '../lib/cli/transfer/export-output.js';
import { platformChoice, platformChoiceFlags } from '../lib/cli/transfer/platform-choice-flags.js';
import {
  EXPORT_FORMATS,
  exportTree,
  type ExportReport,
} from '../lib/project/transfer/export-tree.js';

/** `mono export NAME -o FILE` */
export default class Export extends BaseCommand {
  static override summary = 'Write an image or version as a file or directory';
  static override description =
    'NAME is an image of the project (its name, requirement or digest), the name of a version, or the CID of a version or a root. The manifests and layers of an image are those that were pulled, byte for byte: what is not in the store is fetched again.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> node -o node.oci.tar',
    '<%= config.bin %> <%= command.id %> node --format tar -o - | tar -t',
  ];

  static override args = {
    name: Args.string({
      name: 'NAME',
      description: 'what to write',
      required: true,
      ignoreStdin: true,
    }),
  };

  static override flags = {
    output: Flags.string({
      char: 'o',
      required: true,
      summary: 'file or directory to write; `-`: standard output',
      helpValue: 'FILE',
      env: 'MONO_OUTPUT',
    }),
    format: Flags.option({
      options: EXPORT_FORMATS,
      default: 'oci-archive' as const,
      summary: 'what to write it as',
      env: 'MONO_FORMAT',
    })(),
    tag: Flags.string({
      summary: 'name of the image in a layout (default: the tag it was pulled by)',
      helpValue: 'TAG',
      env: 'MONO_TAG',
    }),
    flatten: Flags.boolean({
      default: false,
      summary: 'write one new layer instead of those that were pulled',
      env: 'MONO_FLATTEN',
    }),
    offline: offlineFlag(),
    ...platformChoiceFlags,
  };

  async run(): Promise<ExportReport> {
    const { flags, args } = await this.parse(Export);
    const context = this.context(flags);
    const { format, flatten, offline, tag } = flags;
    const output = exportOutput(context, flags.output, { json: this.jsonEnabled() });
    const platforms = platformChoice(flags);
    const request = { target: args.name, output, format, flatten, offline, platforms, name: tag };
    const restoreOwners = process.getuid?.() === 0;
    const services = await transferServices(context, flags.platform);
    const report = await exportTree(services, { ...request, restoreOwners });
    printExport(context.output, report);
    return report;
  }
}
