import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../lib/cli/base-command.js';
import { platformChoice, platformChoiceFlags } from '../lib/cli/transfer/platform-choice-flags.js';
import { transferServices } from '../lib/cli/compose/transfer-services.js';
import { printPush } from '../lib/cli/print/print-transfer.js';
import { pushWithProgress } from '../lib/cli/transfer/push-with-progress.js';
import type { PushReport } from '../lib/project/transfer/push-image.js';

/** `mono push NAME DESTINATION` */
export default class Push extends BaseCommand {
  static override summary = 'Put an image or version into a registry';
  static override description =
    'NAME is an image of the project (its name, requirement or digest), the name of a version, or the CID of a version or a root. An image keeps its manifest and layers, byte for byte. Its index goes along where all that it names is installed, or is fetched with --all-platforms. A version becomes an image: the layers of the one it came from and one of what changed.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> node registry.example.com/team/node:22',
  ];

  static override args = {
    name: Args.string({
      name: 'NAME',
      description: 'what to push',
      required: true,
      ignoreStdin: true,
    }),
    destination: Args.string({
      name: 'DESTINATION',
      description: 'registry, repository and tag',
      required: true,
      ignoreStdin: true,
    }),
  };

  static override flags = {
    flatten: Flags.boolean({
      default: false,
      summary: 'push one new layer instead of those that were pulled',
      env: 'MONO_FLATTEN',
    }),
    ...platformChoiceFlags,
  };

  async run(): Promise<PushReport> {
    const { flags, args } = await this.parse(Push);
    const context = this.context(flags);
    const services = await transferServices(context, flags.platform);
    const report = await pushWithProgress(context, services, {
      target: args.name,
      destination: args.destination,
      flatten: flags.flatten,
      platforms: platformChoice(flags),
    });
    printPush(context.output, report);
    return report;
  }
}
