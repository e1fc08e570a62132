import { BaseCommand } from '../lib/cli/base-command.js';
import { SANDBOX_ARG } from '../lib/cli/sandbox/sandbox-args.js';
import { mergeServices, treePlaces } from '../lib/cli/compose/tree-places.js';
import { VERSION_FLAGS } from '../lib/cli/version-flags.js';
import { printCommit } from '../lib/cli/print/print-commit.js';
import { changesOfSandbox } from '../lib/cli/sandbox/changed-sandbox.js';
import {
  commitDocument,
  commitSandbox,
  type CommitDocument,
} from '../lib/project/changes/commit-sandbox.js';

/** `mono commit SANDBOX` */
export default class Commit extends BaseCommand {
  static override summary = 'Make a version of what a sandbox is now';
  static override description = `A sandbox that runs goes on running; one that has stopped must have been run with --persist. The version came from what the sandbox was started from, runs as that does, and can be compared, merged, exported and pushed like an image. Collection keeps it until \`mono remove version\`. Volumes, and what mono itself has put into the sandbox, are no part of it.`;

  static override examples = [
    '<%= config.bin %> <%= command.id %> web -t web-tuned -m "more workers"',
    '<%= config.bin %> run web-tuned',
  ];

  static override args = SANDBOX_ARG;
  static override flags = VERSION_FLAGS;

  async run(): Promise<CommitDocument> {
    const { flags, args } = await this.parse(Commit);
    const context = this.context(flags);
    const services = await mergeServices(context);
    const { projects } = await treePlaces(context);
    const commit = await commitSandbox(
      { ...services, changes: () => changesOfSandbox(context, args.sandbox) },
      {
        name: flags.name,
        takenNames: projects.flatMap(({ file }) => [...file.images.keys()]),
        message: flags.message,
      },
    );
    printCommit(context.output, commit);
    return commitDocument(commit);
  }
}
