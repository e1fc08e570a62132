import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../lib/cli/base-command.js';
import { importServices } from '../lib/cli/compose/transfer-services.js';
import { printImport } from '../lib/cli/print/print-transfer.js';
import { platformFlag } from '../lib/cli/shared-flags.js';
import { defaultImportName, withImportInput } from '../lib/cli/transfer/import-input.js';
import { importImage, type ImportReport } from '../lib/project/transfer/import-image.js';

/** `mono import FILE` */
export default class Import extends BaseCommand {
  static override summary = 'Store an image or a filesystem from a file or directory';
  static override description =
    'FILE is an archive of `docker save`, `podman save`, `skopeo` or `mono export`, an OCI layout, a CAR file, a tar archive or a directory; `-` reads an archive from standard input. What it holds becomes a version that `diff`, `merge`, `export` and `push` take by its name; collection keeps it until `mono remove version`.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> node.tar --name node-22',
    'docker save app | <%= config.bin %> <%= command.id %> - --name app',
  ];

  static override args = {
    file: Args.string({
      name: 'FILE',
      description: 'what to read; `-`: standard input',
      required: true,
      ignoreStdin: true,
    }),
  };

  static override flags = {
    name: Flags.string({
      char: 't',
      summary: 'name of the version (default: that of the file)',
      helpValue: 'NAME',
      env: 'MONO_NAME',
    }),
    tag: Flags.string({
      summary: 'which of the images in an archive',
      helpValue: 'TAG',
      env: 'MONO_TAG',
    }),
    platform: platformFlag('platform of the image'),
  };

  async run(): Promise<ImportReport> {
    const { flags, args } = await this.parse(Import);
    const context = this.context(flags);
    const services = await importServices(context, flags.platform);
    const name = flags.name ?? defaultImportName(args.file);
    const { platform, takenNames } = services;
    const report = await withImportInput(context, args.file, async (path) =>
      importImage(services, { path, name, tag: flags.tag, platform, takenNames }),
    );
    printImport(context.output, report);
    return report;
  }
}
