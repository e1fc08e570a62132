import { Args, Flags } from '@oclif/core';
import { EXIT } from '../lib/error-codes.js';
import { BaseCommand } from '../lib/cli/base-command.js';
import { verifyServices } from '../lib/cli/compose/verify-services.js';
import { printVerification } from '../lib/cli/print/print-verification.js';
import { formatBytes } from '../lib/cli/terminal/format-bytes.js';
import { withLiveArea } from '../lib/cli/terminal/live-area.js';
import { verify } from '../lib/project/verify/verify.js';
import type { VerifyDocument } from '../lib/project/verify/verify-report.js';

/** `mono verify [NAME…]` */
export default class Verify extends BaseCommand {
  static override summary = 'Check that everything installed is what it should be';
  static override description =
    'Reads the whole store and the cached root filesystems; with NAME, the images of that name alone, and what is kept of the archives of their layers. With --repair, damaged layers are fetched again and damaged root filesystems dropped. The exit code is 5 when something is damaged at the end.';

  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --repair',
  ];

  static override strict = false;
  static override args = {
    name: Args.string({ name: 'NAME', description: 'names of images', ignoreStdin: true }),
  };

  static override flags = {
    repair: Flags.boolean({
      default: false,
      summary: 'fetch again what is damaged',
      env: 'MONO_REPAIR',
    }),
  };

  async run(): Promise<VerifyDocument> {
    const { flags, argv } = await this.parse(Verify);
    const context = this.context(flags);
    const services = await verifyServices(context);
    const request = { names: argv as string[], repair: flags.repair };
    const document = await withLiveArea(context.output, async (area) =>
      verify(request, {
        ...services,
        onProgress: ({ checkedBytes, totalBytes }) =>
          area.show('verify', `Checked ${formatBytes(checkedBytes)} of ${formatBytes(totalBytes)}`),
      }),
    );
    printVerification(context.output, document);
    if (!document.isSound) process.exitCode = EXIT.damaged;
    return document;
  }
}
